import type { Change, WatchPage } from "../../../protocol/sdk/typescript/mod.ts";

interface Entry {
  readonly seq: number;
  readonly change: Change;
}

/** The most bytes of outputs that are kept for watchers; beyond it the oldest have to list again. */
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** The most bytes of outputs in one page, one attempt's apart. */
export const PAGE_BYTES = 1_048_576;

/**
 * The changes since a connection to the launcher came up: the last one of each attempt, until it is
 * removed. A cursor says which generation and how far; one of another generation is not known here.
 */
export class ChangeFeed {
  #generation = "";
  /** In the order of `seq`. */
  readonly #entries = new Map<string, Entry>();
  #seq = 0;
  #bytes = 0;
  /** Cursors below have missed something that is not kept any more. */
  #oldest = 0;
  #waiting = new Set<() => void>();

  /** "" while there is no connection. */
  get generation(): string {
    return this.#generation;
  }

  /** The number of the last change. */
  get seq(): number {
    return this.#seq;
  }

  /** Begins anew; whoever waits is woken. */
  reset(generation: string): void {
    this.#generation = generation;
    this.#entries.clear();
    this.#seq = this.#bytes = this.#oldest = 0;
    this.wake();
  }

  /** Replaces what was known of the attempt. Call `wake` after a batch. */
  put(change: Change): void {
    const { attemptId } = change;
    this.forget(attemptId);
    this.#entries.set(attemptId, { seq: ++this.#seq, change });
    this.#bytes += outputBytes(change);
    if (this.#bytes > MOST_OUTPUT_BYTES) this.#dropOldest();
  }

  forget(attemptId: string): void {
    const entry = this.#entries.get(attemptId);
    if (!entry) return;
    this.#bytes -= outputBytes(entry.change);
    this.#entries.delete(attemptId);
  }

  wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** What came after `seq`; undefined when that is not known any more. */
  after(seq: number, maxChanges: number): WatchPage | undefined {
    if (seq < this.#oldest || seq > this.#seq) return undefined;
    const changes: Change[] = [];
    let last = seq;
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      if (entry.seq <= seq) continue;
      if (changes.length === maxChanges || bytes > PAGE_BYTES) {
        return { changes, cursor: this.cursorAt(last), listing: "no", retryAfterMs: 0 };
      }
      changes.push(entry.change);
      bytes += outputBytes(entry.change);
      last = entry.seq;
    }
    return { changes, cursor: this.cursorAt(this.#seq), listing: "no", retryAfterMs: 0 };
  }

  cursorAt(seq: number): string {
    return `${this.#generation}/${seq}`;
  }

  /** Resolves at the next `wake`, after `waitMs`, or when the signal aborts. */
  wait(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal.addEventListener("abort", done);
      this.#waiting.add(done);
      if (signal.aborted) done();
    });
  }

  #dropOldest(): void {
    for (const [attemptId, entry] of this.#entries) {
      if (this.#bytes <= MOST_OUTPUT_BYTES / 2) return;
      this.#oldest = entry.seq;
      this.forget(attemptId);
    }
  }
}

function outputBytes(change: Change): number {
  return change.exit?.outputs.length ?? 0;
}
