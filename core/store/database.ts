import type { Client } from "@libsql/client/sqlite3";
import type { Cell } from "../kernel/journal.ts";
import type { Dialect } from "./dialect.ts";
import { openPreparedWriter, type PreparedWriter } from "./prepared-writer.ts";
import { driverFailure, storageError } from "./storage-error.ts";

/** A statement with its arguments. */
export interface Statement {
  readonly sql: string;
  readonly args: readonly Cell[];
}

/** One connection to a libSQL database. Errors of the driver come through as they are. */
export class Database {
  readonly path: string;
  readonly dialect: Dialect;
  readonly #client: Client;
  readonly #writer: PreparedWriter;
  #last: Promise<unknown> = Promise.resolve();
  #stale = false;

  /** Use {@link openDatabase}. */
  constructor(
    client: Client,
    at: { readonly path: string; readonly dialect: Dialect; readonly writer: PreparedWriter },
  ) {
    this.#client = client;
    this.#writer = at.writer;
    this.path = at.path;
    this.dialect = at.dialect;
  }

  /**
   * The rows of a query whose only column is a JSON array: one text a row costs a tenth of what the
   * driver takes for a row object, and keeps NUL characters.
   */
  async rows(sql: string, args: readonly Cell[] = []): Promise<readonly (readonly Cell[])[]> {
    return JSON.parse(`[${(await this.texts(sql, args)).join(",")}]`) as Cell[][];
  }

  /** The texts of a query whose only column is one. */
  async texts(sql: string, args: readonly Cell[] = []): Promise<readonly string[]> {
    return (await this.#execute(sql, args)).rows.map((row) => row[0] as string);
  }

  /** The first row of such a query. */
  async row(sql: string, args: readonly Cell[] = []): Promise<readonly Cell[] | undefined> {
    return (await this.rows(sql, args))[0];
  }

  /** The only cell of a query's first row. */
  async cell(sql: string, args: readonly Cell[] = []): Promise<Cell | undefined> {
    return (await this.#execute(sql, args)).rows[0]?.[0] as Cell | undefined;
  }

  /** Runs one statement; answers how many rows it changed. */
  async run(sql: string, args: readonly Cell[] = []): Promise<number> {
    return (await this.#execute(sql, args)).rowsAffected;
  }

  /** Runs statements in one write transaction: all or none. */
  async batch(statements: readonly Statement[]): Promise<void> {
    // nothing of the client is under way meanwhile: it would wait for this thread, holding its lock
    await this.#alone(() => Promise.resolve(this.#writer.batch(statements)));
  }

  /** Runs a statement that works in steps, to its last one: `run` does only the first of them. */
  async exhaust(sql: string): Promise<void> {
    await this.#alone((client) => client.executeMultiple(sql));
  }

  /** Sets the connection up as the dialect says. @throws when it cannot be */
  async setUp(): Promise<void> {
    const { founding, settings } = this.dialect;
    const empty = await this.#pragma("page_count") === 0;
    for (const [name, wanted] of Object.entries(empty ? { ...founding, ...settings } : settings)) {
      // some of them would take the write lock even where nothing changes
      if (await this.#pragma(name) === wanted) continue;
      await this.#client.execute(`pragma ${name}=${wanted}`);
      const found = await this.#pragma(name);
      if (found !== wanted) throw new Error(`${name} is ${found}, it cannot be set to ${wanted}`);
    }
  }

  /** Idempotent. */
  close(): void {
    this.#writer.close();
    this.#client.close();
  }

  async #pragma(name: string): Promise<unknown> {
    return (await this.#client.execute(`pragma ${name}`)).rows[0]?.[0];
  }

  #execute(sql: string, args: readonly Cell[]): ReturnType<Client["execute"]> {
    return this.#alone((client) => client.execute({ sql, args: [...args] }));
  }

  /** One after the other: a new connection must not be made under somebody's feet. */
  #alone<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#attempt(work));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#stale) await this.#renew();
    try {
      return await work(this.#client);
    } catch (error) {
      if (driverFailure(error)?.code === "SQLITE_BUSY") {
        this.#stale = true;
        await this.#renew();
      }
      throw error;
    }
  }

  /**
   * The driver leaves a statement that was refused a lock unfinished: every later read of this
   * connection would keep its snapshot and its lock for good.
   */
  async #renew(): Promise<void> {
    await this.#client.reconnect();
    await this.setUp();
    this.#stale = false;
  }
}

/**
 * Opens a connection and sets it up as the dialect says.
 *
 * @throws {ErrandError} with a sentence that says what to do
 */
export async function openDatabase(path: string, dialect: Dialect): Promise<Database> {
  const writer = await openPreparedWriter(path, dialect);
  const database = new Database(await connect(path), { path, dialect, writer });
  try {
    await database.setUp();
    return database;
  } catch (error) {
    database.close();
    throw storageError(error, path);
  }
}

/** A client with a single connection. @throws {ErrandError} when the file cannot be opened */
export async function connect(path: string): Promise<Client> {
  const { createClient } = await import("@libsql/client/sqlite3");
  const url = `file:${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
  try {
    return createClient({ url, concurrency: 1 });
  } catch (error) {
    throw storageError(error, path);
  }
}
