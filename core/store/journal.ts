import { ErrandError } from "../../protocol/errors.ts";
import {
  GroupRefused,
  type GroupStore,
  type Journal as JournalPort,
  type JournalEntry,
  type JournalGroup,
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

/** Owners whose entries cannot be stored, and why. */
type Refusals = ReadonlyMap<string, Error>;

const NONE: Refusals = new Map();
const SOFT_MS = 50;
/** Events of one group are numbered below this. */
export const EVENTS_PER_GROUP = 65_536;
/** What one commit takes at most, so that it does not hold up everything else for long. */
const ROWS_PER_GROUP = 10_000;

/**
 * Group commit: entries gather while a commit flies and share the next one. No timer but for soft
 * entries. After a commit its events are published, then the callbacks are called in the order of
 * the entries. A key belongs to one owner: two owners never write the same row.
 */
export class Journal implements JournalPort {
  readonly #options: JournalOptions;
  readonly #listeners = new Set<CommitListener>();
  #gathered: JournalEntry[] = [];
  /** True when one of them cannot wait for the soft timer. */
  #urgent = false;
  #nextGroup: number;
  /** What is being committed or told; undefined = nothing is. */
  #flight: readonly JournalEntry[] | undefined;
  /** How many of these were told. */
  #told = 0;
  #scheduled = false;
  #cancelSoft: (() => void) | undefined;
  #stopped = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#nextGroup = options.firstGroup;
  }

  /** After `stop`, a lost lease or an unknown outcome nothing is written: the entry is refused. */
  put(entry: JournalEntry): void {
    if (this.#stopped) return this.#turnAway([entry]);
    this.#gathered.push(entry);
    if (!entry.soft) this.#urgent = true;
    this.#plan();
  }

  /** True once nothing more is taken. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Calls `listener` with the events of each commit, before anybody else is told; it must not throw. */
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

  /**
   * Takes nothing more; `drain` before. Whoever still waits is refused as `unavailable`, also where
   * a commit is under way: that one may have arrived. Idempotent.
   */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const left = [...this.#flight?.slice(this.#told) ?? [], ...this.#gathered];
    this.#gathered = [];
    this.#cancelSoft?.();
    this.#turnAway(left);
  }

  /** Stops, and says why: what a lost lease does that somebody else noticed. */
  fail(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onFatal(error);
  }

  /** In a turn of its own: whoever puts must not be called back while it does. */
  #turnAway(entries: readonly JournalEntry[]): void {
    const waiting = entries.filter(({ refused }) => refused);
    if (waiting.length === 0) return;
    const error = new ErrandError(
      "unavailable",
      "the server is ending: what was asked for may not be stored; ask again when it is back",
    );
    this.#options.schedule(() => {
      for (const { refused } of waiting) refused?.(error);
    });
  }

  #plan(): void {
    if (this.#flight || this.#scheduled || this.#stopped || this.#gathered.length === 0) return;
    if (this.#urgent) {
      this.#scheduled = true;
      this.#options.schedule(() => this.#flush());
    } else {
      this.#cancelSoft ??= this.#options.later(SOFT_MS, () => {
        this.#urgent = true;
        this.#cancelSoft = undefined;
        this.#plan();
      });
    }
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    this.#cancelSoft?.();
    this.#cancelSoft = undefined;
    const entries = this.#take();
    this.#flight = entries;
    this.#told = 0;
    const group = this.#groupOf(entries);
    if (!group) return this.#land(entries, NONE);
    const fail = (error: unknown) =>
      this.#handle(entries, group, error).then(
        (refusals) => this.#land(entries, refusals),
        (error) => this.#fatal(error),
      );
    let pending: Promise<void> | void;
    try {
      pending = this.#offer(group);
    } catch (error) {
      return void fail(error);
    }
    const done = () => {
      this.#publish(group);
      this.#land(entries, NONE);
    };
    if (pending) void pending.then(done, fail);
    else done();
  }

  /** The entries of the next group: as many as fit, the rest stays gathered. */
  #take(): readonly JournalEntry[] {
    const all = this.#gathered;
    let rows = 0;
    let events = 0;
    let count = 0;
    for (const entry of all) {
      rows += entry.rows.length;
      events += entry.events.length;
      if (count > 0 && (rows > ROWS_PER_GROUP || events > EVENTS_PER_GROUP)) break;
      count++;
    }
    this.#gathered = all.slice(count);
    this.#urgent = this.#gathered.length > 0;
    return all.slice(0, count);
  }

  /** Undefined when there is nothing to write. */
  #groupOf(entries: readonly JournalEntry[]): JournalGroup | undefined {
    const rows = lastRows(entries);
    const events = entries.flatMap((entry) => entry.events);
    if (rows.length === 0 && events.length === 0) return undefined;
    return { number: this.#nextGroup++, rows, events, atMs: this.#options.nowMs() };
  }

  #offer(group: JournalGroup): Promise<void> | void {
    const count = group.events.length;
    if (count > EVENTS_PER_GROUP) {
      throw new GroupRefused(`${count} events in one entry; the most is ${EVENTS_PER_GROUP}`);
    }
    return this.#options.store.commit(group);
  }

  /** A commit failed: finds out what that means. @throws what cannot be gone on from */
  async #handle(
    entries: readonly JournalEntry[],
    group: JournalGroup,
    error: unknown,
  ): Promise<Refusals> {
    const { store } = this.#options;
    let reason = error;
    for (let tries = 0;; tries++) {
      if (reason instanceof LeaseLost) throw reason;
      const refused = reason instanceof GroupRefused || isFull(reason) ? reason : undefined;
      // whatever the answer to a repeat: the first try may have arrived after all
      if ((tries > 0 || !refused) && await store.hasGroup(group.number)) break;
      if (refused instanceof GroupRefused) return this.#bisect(entries, refused);
      if (refused) return refuseAll(entries, refused);
      if (tries > 0) throw reason;
      try {
        await this.#offer(group);
        break;
      } catch (again) {
        reason = again;
      }
    }
    this.#publish(group);
    return NONE;
  }

  /** Finds the owners that a constraint refuses by halving; all others commit. */
  async #bisect(entries: readonly JournalEntry[], error: GroupRefused): Promise<Refusals> {
    const owners = [...new Set(entries.filter(writes).map((entry) => entry.owner))];
    if (owners.length <= 1) return refuseAll(entries, error);
    const first = new Set(owners.slice(0, Math.ceil(owners.length / 2)));
    const refusals = new Map<string, Error>();
    for (const half of [true, false]) {
      const part = entries.filter((entry) => writes(entry) && first.has(entry.owner) === half);
      const group = this.#groupOf(part)!;
      try {
        await this.#offer(group);
        this.#publish(group);
      } catch (reason) {
        const found = await this.#handle(part, group, reason);
        for (const [owner, why] of found) refusals.set(owner, why);
      }
    }
    return refusals;
  }

  #publish({ number, events }: JournalGroup): void {
    if (events.length === 0 || this.#stopped) return;
    for (const listener of this.#listeners) listener({ number, events });
  }

  #land(entries: readonly JournalEntry[], refusals: Refusals): void {
    let told = entries;
    if (refusals.size > 0) {
      // what an owner put since builds on what was refused
      told = [...entries, ...this.#gathered.filter((entry) => refusals.has(entry.owner))];
      this.#gathered = this.#gathered.filter((entry) => !refusals.has(entry.owner));
      this.#flight = told;
    }
    try {
      for (const entry of told) {
        if (this.#stopped) return;
        this.#told++;
        const refusal = refusals.get(entry.owner);
        if (refusal) entry.refused?.(refusal);
        else entry.durable?.();
      }
    } catch (error) {
      return this.#fatal(error);
    }
    this.#flight = undefined;
    this.#plan();
  }

  #fatal(error: unknown): void {
    this.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

function lastRows(entries: readonly JournalEntry[]): readonly JournalRow[] {
  const rows = new Map<string, JournalRow>();
  for (const entry of entries) {
    for (const row of entry.rows) rows.set(`${row.table} ${row.key}`, row);
  }
  return [...rows.values()];
}

function writes(entry: JournalEntry): boolean {
  return entry.rows.length > 0 || entry.events.length > 0;
}

function refuseAll(entries: readonly JournalEntry[], error: Error): Refusals {
  return new Map(entries.filter(writes).map((entry) => [entry.owner, error]));
}

function isFull(error: unknown): error is ErrandError {
  return error instanceof ErrandError && error.code === "full";
}
