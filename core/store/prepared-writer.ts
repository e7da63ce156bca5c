import type { Dialect } from "./dialect.ts";
import type { Statement } from "./database.ts";

/** The driver beneath `@libsql/client`, as far as it is used here. */
interface DriverStatement {
  run(args: readonly unknown[]): unknown;
}
interface DriverConnection {
  prepare(sql: string): DriverStatement;
  exec(sql: string): void;
  close(): void;
}

/** A failure of one statement, with the fields that the client's batches have. */
class StatementFailed extends Error {
  readonly code: string;
  readonly extendedCode: string;
  readonly statementIndex: number | undefined;

  constructor(
    cause: Error & { readonly code?: unknown; readonly rawCode?: unknown },
    statementIndex: number | undefined,
  ) {
    super(cause.message, { cause });
    this.extendedCode = typeof cause.code === "string" ? cause.code : "";
    this.code = BASE_CODES[Number(cause.rawCode) & 0xff] ?? "";
    this.statementIndex = statementIndex;
  }
}

/** By the low byte of a result code (https://sqlite.org/rescode.html); the driver names not all extended ones. */
const BASE_CODES: readonly (string | undefined)[] = [
  undefined,
  ...["ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT"],
  ...["IOERR", "CORRUPT", "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG"],
  ...["CONSTRAINT", "MISMATCH", "MISUSE", "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB"],
].map((word) => word && `SQLITE_${word}`);

/**
 * Write transactions over statements that stay prepared: a commit costs a third of what the client
 * takes, which prepares each statement anew. A connection of its own, of a local file only.
 */
export class PreparedWriter {
  readonly #connect: () => DriverConnection;
  readonly #dialect: Dialect;
  #connection: DriverConnection | undefined;
  readonly #prepared = new Map<string, DriverStatement>();

  /** Use {@link openPreparedWriter}. */
  constructor(connect: () => DriverConnection, dialect: Dialect) {
    this.#connect = connect;
    this.#dialect = dialect;
  }

  /** Runs statements in one write transaction: all or none. @throws with the driver's code */
  batch(statements: readonly Statement[]): void {
    let index: number | undefined;
    try {
      this.#run("begin immediate", []);
      statements.forEach(({ sql, args }, i) => {
        index = i;
        this.#run(sql, args);
      });
      index = undefined;
      this.#run("commit", []);
    } catch (error) {
      this.#giveUp();
      throw new StatementFailed(error as Error, index);
    }
  }

  /** Idempotent; the next batch opens a new connection. */
  close(): void {
    this.#prepared.clear();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #run(sql: string, args: Statement["args"]): void {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, statement = this.#open().prepare(sql));
    statement.run(args);
  }

  #open(): DriverConnection {
    if (this.#connection) return this.#connection;
    const connection = this.#connection = this.#connect();
    for (const [name, value] of Object.entries(this.#dialect.settings)) {
      connection.exec(`pragma ${name}=${value}`);
    }
    return connection;
  }

  /** A statement that was refused a lock stays unfinished in the driver: only a new connection is clean. */
  #giveUp(): void {
    try {
      this.#connection?.exec("rollback");
    } catch {
      // there was no transaction, or it has ended by itself
    }
    this.close();
  }
}

/** A writer for the database file at `path`; it connects at its first batch. */
export async function openPreparedWriter(path: string, dialect: Dialect): Promise<PreparedWriter> {
  const { default: Driver } = await import("libsql") as unknown as {
    readonly default: new (path: string) => DriverConnection;
  };
  return new PreparedWriter(() => new Driver(path), dialect);
}
