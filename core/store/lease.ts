import { LeaseLost } from "../kernel/journal.ts";
import type { Database } from "./database.ts";
import { fence } from "./group-store.ts";

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

  /** Shows that the holder lives. @throws {LeaseLost} */
  async beat(): Promise<void> {
    const changed = await this.#database.run(
      "update lease set beat = beat + 1, beat_at = ? where id = 1 and epoch = ?",
      [Date.now(), this.epoch],
    );
    if (changed === 0) {
      throw new LeaseLost(`epoch ${this.epoch} is over: another server has the lease`);
    }
  }

  /** Runs statements as the holder, all or none. For what need not go through the journal. */
  async write(statements: Parameters<Database["batch"]>[0]): Promise<void> {
    await this.#database.batch([fence(this.epoch), ...statements]);
  }
}
