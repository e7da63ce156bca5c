import { open, rm } from "node:fs/promises";
import { ErrandError } from "../../protocol/errors.ts";
import type { Database, Statement } from "./database.ts";
import { type Migration, MIGRATIONS } from "./migrations/list.ts";
import { storageError } from "./storage-error.ts";

/** The number of the newest migration: the version of the schema that this program works with. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * The version of the schema of a database, 0 for an empty one.
 *
 * @throws {ErrandError} `unsupported` when a newer program made it; `invalid` when it is not ours
 */
export async function schemaVersion(
  database: Database,
  known: number = SCHEMA_VERSION,
): Promise<number> {
  const tables = await database.cell("select count(*) from sqlite_schema where type = 'table'");
  if (tables === 0) return 0;
  const ours = await database.cell(
    "select 1 from sqlite_schema where type = 'table' and name = 'setting'",
  );
  const value = ours === undefined
    ? undefined
    : await database.cell("select value from setting where name = 'schema_version'");
  if (value === undefined) {
    throw new ErrandError(
      "invalid",
      `${database.path} is the database of another program: move that file away, or choose another directory with --data`,
    );
  }
  const version = Number(value);
  if (version > known) {
    throw new ErrandError(
      "unsupported",
      `the database ${database.path} has schema version ${version} and this errand knows ${known} at most: ` +
        "install the newer version again, or restore a backup made before",
      { facts: { version, known } },
    );
  }
  return version;
}

/**
 * Brings a database to the newest schema in one transaction; what was there is copied before to a
 * file beside it, whose path is the answer.
 *
 * @throws {ErrandError} as {@link schemaVersion}
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<{ readonly from: number; readonly to: number; readonly backup?: string }> {
  const to = migrations.length;
  const from = await schemaVersion(database, to);
  if (from === to) return { from, to };
  const backup = from === 0 ? undefined : await copy(database, from);
  const statements: Statement[] = migrations.slice(from)
    .flatMap((migration) => migration.statements.map((sql) => ({ sql, args: [] })));
  statements.push({
    sql: "insert into setting(name, value) values('schema_version', ?1) " +
      "on conflict(name) do update set value = ?1",
    args: [String(to)],
  });
  await database.batch(statements);
  return { from, to, ...(backup === undefined ? {} : { backup }) };
}

/** A copy left half done by a crash is made again: the migration that it was for had not begun. */
async function copy(database: Database, version: number): Promise<string> {
  const path = `${database.path}.before-${version + 1}`;
  await rm(path, { force: true });
  await copyDatabase(database, path);
  return path;
}

/** Writes a consistent copy to a new file, on disk when it resolves. @throws {ErrandError} */
export async function copyDatabase(database: Database, path: string): Promise<void> {
  const { backup } = database.dialect;
  if (backup === undefined) {
    throw new ErrandError("unsupported", "a remote database is copied with its own server's tools");
  }
  try {
    // by hand, so that only this user can read it
    await (await open(path, "wx", 0o600)).close();
    await database.run(backup, [path]);
    const file = await open(path, "r+");
    await file.sync().finally(() => file.close());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw storageError(error, path);
    throw new ErrandError("conflict", `${path} is there already: choose a new name`);
  }
}
