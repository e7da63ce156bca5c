import { ErrandError } from "../../protocol/errors.ts";
import {
  GroupRefused,
  type GroupStore,
  type Journal as JournalPort,
  type JournalEntry,
  type JournalRow,
  LeaseLost,
} from "../kernel/journal.ts";

/** What the journal works with: a store, and time as its owner keeps it. */
export interface JournalOptions {
  readonly store: GroupStore;
  /** The number of the first group: one above the last in the store. */
  readonly firstGroup: number;
  /** Runs `flush` soon, after what is at hand now: `setImmediate`. */
  schedule(flush: () => void): void;
  /** Runs `flush` after `ms`; answers how to take that back. */
  later(ms: number, flush: () => void): () => void;
  nowMs(): number;
  /** The lease is lost, or a commit's outcome cannot be known: nothing more may be done. */
  onFatal(error: Error): void;
}

/** What became durable: a group's events with the group's number, for followers. */
export type CommitListener = (group: {
  readonly number: number;
  readonly events: readonly string[];
}) => void;

const SOFT_MS = 50;
/** Events of a group are numbered below this. */
const MAX_EVENTS = 65_536;

/** Group commit: entries gather while a commit flies and share the next one. No timer but for soft entries. */
export class Journal implements JournalPort {
  readonly #options: JournalOptions;
  readonly #listeners = new Set<CommitListener>();
  #gathered: JournalEntry[] = [];
  #nextGroup: number;
  #flying = false;
  #scheduled = false;
  #soft: (() => void) | undefined;
  #stopped = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#nextGroup = options.firstGroup;
  }

  put(entry: JournalEntry): void {
    if (this.#stopped) return;
    this.#gathered.push(entry);
    if (this.#flying || this.#scheduled) return;
    if (entry.soft) {
      this.#soft ??= this.#options.later(SOFT_MS, () => {
        this.#soft = undefined;
        this.#schedule();
      });
    } else this.#schedule();
  }

  /** Calls `listener` with the events of each commit, before anybody else is told. */
  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once everything that was put before is durable or refused. */
  drain(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.put({ owner: "", rows: [], events: [], durable: resolve, refused: () => resolve() });
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#flying || this.#stopped || this.#gathered.length === 0) return;
    this.#scheduled = true;
    this.#options.schedule(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#flying || this.#stopped) return;
    this.#soft?.();
    this.#soft = undefined;
    this.#flying = true;
    const entries = this.#gathered;
    this.#gathered = [];
    try {
      await this.#commit(entries);
    } catch (error) {
      this.#stopped = true;
      this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
    this.#flying = false;
    this.#schedule();
  }

  /** Commits the entries, bisecting them by owner where a constraint refuses the whole. */
  async #commit(entries: readonly JournalEntry[]): Promise<void> {
    const outcome = await this.#write(entries);
    if (this.#stopped) return;
    if (outcome === "durable") {
      for (const entry of entries) entry.durable?.();
      return;
    }
    const owners = [...new Set(entries.map((entry) => entry.owner))];
    if (outcome.code === "full" || owners.length === 1) {
      for (const entry of entries) entry.refused?.(outcome.error);
      return;
    }
    const half = new Set(owners.slice(0, Math.ceil(owners.length / 2)));
    await this.#commit(entries.filter((entry) => half.has(entry.owner)));
    await this.#commit(entries.filter((entry) => !half.has(entry.owner)));
  }

  async #write(
    entries: readonly JournalEntry[],
  ): Promise<"durable" | { readonly code: "refused" | "full"; readonly error: Error }> {
    const rows = lastRows(entries);
    const events = entries.flatMap((entry) => entry.events).slice(0, MAX_EVENTS);
    if (rows.length === 0 && events.length === 0) return "durable";
    const group = { number: this.#nextGroup++, rows, events, atMs: this.#options.nowMs() };
    for (let tries = 0;; tries++) {
      try {
        const pending = this.#options.store.commit(group);
        if (pending) await pending;
        break;
      } catch (error) {
        if (error instanceof LeaseLost) throw error;
        if (error instanceof GroupRefused) return { code: "refused", error };
        if (error instanceof ErrandError && error.code === "full") return { code: "full", error };
        // its outcome is unknown: the store can say whether it has this group
        if (await this.#options.store.hasGroup(group.number)) break;
        if (tries > 0) throw error;
      }
    }
    if (events.length > 0) {
      for (const listener of this.#listeners) listener({ number: group.number, events });
    }
    return "durable";
  }
}

function lastRows(entries: readonly JournalEntry[]): readonly JournalRow[] {
  const rows = new Map<string, JournalRow>();
  for (const entry of entries) {
    for (const row of entry.rows) rows.set(`${row.table} ${row.key}`, row);
  }
  return [...rows.values()];
}
