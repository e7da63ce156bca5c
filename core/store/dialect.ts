/** How one kind of libSQL is kept durable, copied and kept small. */
export interface Dialect {
  readonly name: "file" | "remote";
  /** Pragmas of the connection, in the order in which they are set. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Pragmas that only a database without a table takes; it keeps them. */
  readonly founding: Readonly<Record<string, string | number>>;
  /** Writes a consistent copy to the file that is its only argument; undefined = it cannot. */
  readonly backup: string | undefined;
  /** Gives free pages back to the file system, a bounded piece of work each; undefined = by itself. */
  readonly vacuum: string | undefined;
  /** The largest argument of a statement in bytes. */
  readonly largestArgument: number;
  /** The largest answer of a statement in bytes. */
  readonly largestAnswer: number;
}

const MIB = 1024 * 1024;

/**
 * A local file. One connection: the settings are the connection's own. `busy_timeout` is short
 * because waiting in the driver stops everything else; whoever writes tries again itself.
 */
export const FILE_DIALECT: Dialect = {
  name: "file",
  founding: { auto_vacuum: 2 }, // incremental
  settings: {
    busy_timeout: 100,
    journal_mode: "wal",
    synchronous: 2, // full: a commit that was answered outlives a power cut
    wal_autocheckpoint: 2000,
    journal_size_limit: 67_108_864,
    cache_size: -8000,
    temp_store: 2,
  },
  backup: "vacuum into ?",
  vacuum: "pragma incremental_vacuum(2000)",
  largestArgument: 64 * MIB,
  largestAnswer: 256 * MIB,
};
