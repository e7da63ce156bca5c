import type { Database, Statement } from "./database.ts";
import { fence, isFenced, leaseLost } from "./fence.ts";
import { driverFailure, storageError } from "./storage-error.ts";

/** The right to write: whoever raised the epoch last has it. */
export class Lease {
  readonly epoch: number;
  readonly #database: Database;

  private constructor(database: Database, epoch: number) {
    this.#database = database;
    this.epoch = epoch;
  }

  /** Takes the lease from whoever has it: what holds a lower epoch cannot write any more. */
  static async take(database: Database, holder: string): Promise<Lease> {
    const epoch = await database.cell(
      "insert into lease(id, epoch, holder, beat, beat_at) values(1, 1, ?1, 0, ?2) " +
        "on conflict(id) do update set epoch = epoch + 1, holder = ?1, beat = 0, beat_at = ?2 " +
        "returning epoch",
      [holder, Date.now()],
    );
    return new Lease(database, Number(epoch));
  }

  /** Shows that the holder lives. @throws {LeaseLost} @throws {ErrandError} `full`, … */
  async beat(): Promise<void> {
    await this.write([{
      sql: "update lease set beat = beat + 1, beat_at = ? where id = 1",
      args: [Date.now()],
    }]);
  }

  /**
   * Runs statements as the holder, all or none: for what need not go through the journal.
   *
   * @throws {LeaseLost} @throws {ErrandError} `full`, …
   */
  async write(statements: readonly Statement[]): Promise<void> {
    try {
      await this.#database.batch([fence(this.epoch), ...statements]);
    } catch (error) {
      const failure = driverFailure(error);
      if (failure && isFenced(failure)) throw leaseLost(this.epoch);
      throw storageError(error, this.#database.path);
    }
  }
}
