/** A value of a row as SQL takes it. */
export type Cell = string | number | null;

/**
 * One row to write, by key: an upsert of a whole row. Within one group the last row of a key wins,
 * so a run that moved twice costs one write.
 */
export interface JournalRow {
  /** A table that the store knows. */
  readonly table: string;
  /** The primary key as text, for finding the last row of a key; unique within the table. */
  readonly key: string;
  /** The cells in the table's column order, the primary key's columns first. */
  readonly cells: readonly Cell[];
  /** True = delete the row with this primary key (only the key's cells are given). */
  readonly remove?: boolean;
}

/** What one transition wants durable. */
export interface JournalEntry {
  /** Whose it is: entries of one owner live or die together when the journal bisects a group. */
  readonly owner: string;
  readonly rows: readonly JournalRow[];
  /** Public events of this transition, as JSON texts, in order; they get ids when they commit. */
  readonly events: readonly string[];
  /** Soft: need not force a commit of its own; written with the next group or within 50 ms. */
  readonly soft?: boolean;
  /** Called once the entry, and all entries put before it, are durable. Must not throw. */
  readonly durable?: (() => void) | undefined;
  /**
   * Called instead when this entry's rows cannot be stored: a constraint, a full disk; `unavailable`
   * when the journal has ended, where a commit that was under way may have arrived. Must not throw.
   */
  readonly refused?: ((error: Error) => void) | undefined;
}

/** Where transitions become durable: entries gather while a commit flies and share the next one. */
export interface Journal {
  /** Adds an entry. An entry without rows is a barrier: it waits for what was put before it. */
  put(entry: JournalEntry): void;
}

/** A group that is committed as one: all or nothing. */
export interface JournalGroup {
  /** Rises by one per group; kept so that a commit of unknown outcome can be read back. */
  readonly number: number;
  readonly rows: readonly JournalRow[];
  /** Public events with their ids `(number × 65,536) + index`. */
  readonly events: readonly string[];
  readonly atMs: number;
}

/** What the journal commits to. */
export interface GroupStore {
  /**
   * Commits the group atomically, its first statement being the fence.
   *
   * @throws {LeaseLost} when another server has taken the lease: stop at once.
   * @throws {GroupRefused} when a constraint refused it: nothing was written; bisect.
   * @throws anything else = outcome unknown: ask `hasGroup`.
   */
  commit(group: JournalGroup): Promise<void> | void;
  /** True when the group with this number is in the store, written by us. */
  hasGroup(number: number): Promise<boolean>;
}

/** Another server has the lease: this one must not write or start anything more. */
export class LeaseLost extends Error {
  readonly _tag = "LeaseLost" as const;
}

/** A constraint refused a group; nothing of it was written. */
export class GroupRefused extends Error {
  readonly _tag = "GroupRefused" as const;
}
