import { randomInt } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { ErrandError } from "../../protocol/errors.ts";
import type { GroupStore, Journal } from "../kernel/journal.ts";
import { type Database, openDatabase } from "./database.ts";
import { FILE_DIALECT } from "./dialect.ts";
import { EventReader } from "./event-reader.ts";
import { LibsqlGroupStore } from "./group-store.ts";
import { findIdempotent } from "./idempotency.ts";
import { KvStore } from "./kv-store.ts";
import { Lease } from "./lease.ts";
import { createPrivate, type DirectoryLock, lockDirectory } from "./lock.ts";
import { copyDatabase, migrate, SCHEMA_VERSION, schemaVersion } from "./migrate.ts";
import { PipelineReader } from "./pipeline-store.ts";
import { type RetentionPolicy, sweep, type SweepOptions, type SweepReport } from "./retention.ts";
import { RunReader } from "./run-reader.ts";
import { storageError } from "./storage-error.ts";
import { TokenStore } from "./token-store.ts";

/** How to open a store. */
export interface StoreOptions {
  /** The database file; the lock is the file `lock` beside it. */
  readonly path: string;
  /** Read what another server's store has, without lock, lease or migration. */
  readonly readOnly?: boolean;
}

/** The state of one installation. Readers see durable state only. */
export interface Store {
  /** Names this installation in the back ends it uses: eight of `[a-z0-9]`. */
  readonly installation: string;
  /** The lease epoch of this server; 0 when read only. */
  readonly epoch: number;
  /** What the journal commits to. */
  readonly groups: GroupStore;
  /** The number of the last group; the journal's first is one above. */
  readonly lastGroup: number;
  /** Where the database was copied to before it was migrated, if it was. */
  readonly backupPath?: string;
  readonly runs: RunReader;
  readonly pipelines: PipelineReader;
  readonly tokens: TokenStore;
  readonly events: EventReader;
  /** The run that an idempotency key stands for, while it does. */
  findIdempotent(
    namespace: string,
    key: string,
  ): Promise<
    { readonly bodyHash: string; readonly runId: number; readonly number: number } | undefined
  >;
  /** The names of the namespaces, in order. */
  namespaces(): Promise<readonly string[]>;
  /** What plugin instances keep, written through `journal`. */
  kv(journal: Journal): KvStore;
  /** Shows that this server lives. @throws {LeaseLost} */
  beat(): Promise<void>;
  /** Deletes what is older than the policy says. */
  sweep(policy: RetentionPolicy, options?: SweepOptions): Promise<SweepReport>;
  /** Writes a consistent copy to a new file while work goes on. */
  backup(path: string): Promise<void>;
  /** Checks the whole file; answers what is wrong with it, nothing when it is sound. */
  check(): Promise<readonly string[]>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the database, makes it if it is not there, migrates it, and takes the lease.
 *
 * @throws {ErrandError} `conflict` another server has it · `denied` no permission · `full` ·
 * `corrupt` not a database, or damaged · `unsupported` made by a newer version
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { path, readOnly = false } = options;
  let lock: DirectoryLock | undefined;
  let database: Database | undefined;
  try {
    if (readOnly) await requireFile(path);
    else {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      lock = await lockDirectory(dirname(path));
      await createPrivate(path);
    }
    database = await openDatabase(path, FILE_DIALECT);
    const backupPath = readOnly ? await requireCurrent(database) : (await migrate(database)).backup;
    const lease = readOnly ? undefined : await Lease.take(database, `process ${process.pid}`);
    const opened = { database, lease, lock };
    const store = await assemble(opened);
    return backupPath === undefined ? store : { ...store, backupPath };
  } catch (error) {
    database?.close();
    await lock?.release();
    throw storageError(error, path);
  }
}

/** The driver would make an empty one. */
async function requireFile(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new ErrandError("not_found", `there is no database ${path}: start the server once`);
  }
}

async function requireCurrent(database: Database): Promise<undefined> {
  const version = await schemaVersion(database);
  if (version === SCHEMA_VERSION) return;
  throw new ErrandError(
    "unsupported",
    `the database ${database.path} has schema version ${version}, this errand needs ${SCHEMA_VERSION}: ` +
      "start the server once, it migrates",
  );
}

async function assemble(
  opened: {
    readonly database: Database;
    readonly lease: Lease | undefined;
    readonly lock: DirectoryLock | undefined;
  },
): Promise<Store> {
  const { database, lease, lock } = opened;
  let closed = false;
  return {
    installation: await installation(database, lease),
    epoch: lease?.epoch ?? 0,
    groups: new LibsqlGroupStore(database, lease?.epoch ?? 0),
    lastGroup: Number(await database.cell("select max(number) from journal_group") ?? 0),
    runs: new RunReader(database),
    pipelines: new PipelineReader(database),
    tokens: new TokenStore(database, lease),
    events: new EventReader(database),
    findIdempotent: (namespace, key) =>
      findIdempotent(database, { namespace, key, nowMs: Date.now() }),
    namespaces: async () =>
      (await database.rows("select json_array(name) from namespace order by name"))
        .map(([name]) => String(name)),
    kv: (journal) => new KvStore(database, journal),
    beat: async () => await owned(lease).beat(),
    sweep: async (policy, options) =>
      await sweep({ database, lease: owned(lease) }, policy, options),
    backup: (path) => copyDatabase(database, path),
    check: async () =>
      (await database.rows("select json_array(integrity_check) from pragma_integrity_check"))
        .map(([text]) => String(text)).filter((text) => text !== "ok"),
    async close() {
      if (closed) return;
      closed = true;
      // the driver keeps its descriptors for a while: nothing may be left in the log beside the file
      if (lease) await database.run("pragma wal_checkpoint(truncate)").catch(() => 0);
      database.close();
      await lock?.release();
    },
  };
}

/** Made once, when the database is new; so is the namespace `default`. */
async function installation(database: Database, lease: Lease | undefined): Promise<string> {
  const name = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  await lease?.write([
    { sql: "insert or ignore into setting(name, value) values('installation', ?)", args: [name] },
    {
      sql: "insert into namespace(name, created_at) select 'default', ? " +
        "where not exists(select 1 from namespace)",
      args: [Date.now()],
    },
  ]);
  return String(await database.cell("select value from setting where name = 'installation'"));
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

function owned(lease: Lease | undefined): Lease {
  if (lease) return lease;
  throw new ErrandError("denied", "this store was opened read only");
}
