import { GroupRefused, type GroupStore, type JournalGroup } from "../kernel/journal.ts";
import type { Database, Statement } from "./database.ts";
import { fence, isFenced, leaseLost } from "./fence.ts";
import { type DriverFailure, driverFailure, isNoSpace, storageError } from "./storage-error.ts";
import { writeStatements } from "./table-writes.ts";

/** How long another program may hold the database's write lock. */
const BUSY_MS = 5_000;
const BUSY_PAUSE_MS = 20;

/** Commits groups to libSQL: one transaction each, its first statement the fence. */
export class LibsqlGroupStore implements GroupStore {
  readonly #database: Database;
  readonly #epoch: number;
  /** Set when the disk did not take what was written: what can be read back then proves nothing. */
  #broken: Error | undefined;

  constructor(database: Database, epoch: number) {
    this.#database = database;
    this.#epoch = epoch;
  }

  /** @throws {ErrandError} `full`: there was no room, nothing was written */
  async commit(group: JournalGroup): Promise<void> {
    const statements = this.#statements(group);
    const deadline = performance.now() + BUSY_MS;
    for (;;) {
      try {
        await this.#database.batch(statements);
        return;
      } catch (error) {
        const failure = driverFailure(error);
        const busy = failure?.code === "SQLITE_BUSY" || failure?.code === "SQLITE_LOCKED";
        if (!busy || performance.now() > deadline) throw this.#meaning(error, failure);
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
  }

  async hasGroup(number: number): Promise<boolean> {
    if (this.#broken) throw this.#broken;
    const sql = "select 1 from journal_group where number = ? and epoch = ?";
    return await this.#database.cell(sql, [number, this.#epoch]) !== undefined;
  }

  #statements(group: JournalGroup): readonly Statement[] {
    try {
      return [
        fence(this.#epoch),
        {
          sql: "insert into journal_group(number,epoch,at,events) values(?,?,?,?)",
          args: [group.number, this.#epoch, group.atMs, `[${group.events.join(",")}]`],
        },
        ...writeStatements(group.rows, this.#database.dialect.largestArgument),
      ];
    } catch (error) {
      throw new GroupRefused(error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }

  #meaning(error: unknown, failure: DriverFailure | undefined): unknown {
    if (!failure) return error;
    if (isNoSpace(failure)) return storageError(error, this.#database.path);
    if (failure.extended === "SQLITE_IOERR_FSYNC") {
      this.#broken = storageError(error, this.#database.path);
    }
    if (failure.statement === undefined || !DEFINITE.has(failure.code)) return error;
    if (isFenced(failure)) return leaseLost(this.#epoch);
    // the group's own row is there already: whether it is ours is for `hasGroup` to say
    if (failure.statement === 1) return error;
    return new GroupRefused(failure.message, { cause: error });
  }
}

/** Failures of a statement that end its transaction before anything of it is written. */
const DEFINITE: ReadonlySet<string> = new Set([
  "SQLITE_CONSTRAINT",
  "SQLITE_MISMATCH",
  "SQLITE_TOOBIG",
  "SQLITE_RANGE",
  "SQLITE_ERROR",
]);
