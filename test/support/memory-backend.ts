import type { LogFrame } from "../../protocol/log-frames.ts";
import type { AttemptSpec, Change, Exit } from "../../core/kernel/scheduler.ts";

/** An attempt as the backend keeps it. */
export interface MemoryAttempt {
  readonly spec: AttemptSpec;
  readonly handle: string;
  readonly frames: LogFrame[];
  state: Change["state"];
  exit: Exit | undefined;
  startedAtMs: number;
  /** Of all changes in this backend: rises with each. */
  version: number;
  /** When the kill is due, by `performance.now()`; undefined = no stop was ordered. */
  killAtMs: number | undefined;
  killTimer: ReturnType<typeof setTimeout> | undefined;
  /** What SIGTERM does to the program: ends it with a code, or nothing (undefined). */
  onTerm: (() => number | undefined) | undefined;
}

/** What outlives every generation of the memory scheduler. */
export class MemoryBackend {
  readonly attempts = new Map<string, MemoryAttempt>();
  /** Ids that are never started again. */
  readonly fenced = new Set<string>();
  /** Makes cursors of other backends unknown. */
  readonly name: string = crypto.randomUUID();
  epoch = 0;
  version = 0;
  readonly #waiting = new Set<() => void>();

  /** Notes that an attempt has changed, and wakes who waits. */
  changed(attempt: MemoryAttempt): void {
    attempt.version = ++this.version;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Ends an attempt, once. */
  end(attempt: MemoryAttempt, exit: Pick<Exit, "cause" | "exitCode"> & Partial<Exit>): void {
    if (attempt.state === "exited") return;
    clearTimeout(attempt.killTimer);
    attempt.state = "exited";
    attempt.exit = {
      signal: "",
      message: "",
      startedAtMs: attempt.startedAtMs,
      finishedAtMs: Date.now(),
      outputs: new Uint8Array(),
      outputsTruncated: false,
      ...exit,
    };
    this.changed(attempt);
  }

  /** Resolves at the next change, after `waitMs`, or on abort. */
  nextChange(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      signal.addEventListener("abort", wake);
      this.#waiting.add(wake);
      if (signal.aborted) wake();
    });
  }

  /** Kills whatever still runs. */
  clear(): void {
    for (const it of this.attempts.values()) {
      this.end(it, { cause: "signalled", exitCode: 137, signal: "SIGKILL" });
    }
    for (const wake of [...this.#waiting]) wake();
  }
}
