import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { getTableColumns, getTableName, type Table } from "drizzle-orm";
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { RUN_COLUMNS } from "../run/mod.ts";
import { type Database, openDatabase } from "./database.ts";
import { FILE_DIALECT } from "./dialect.ts";
import { migrate, SCHEMA_VERSION } from "./migrate.ts";
import { pendingStatements, withTableKinds } from "./migrations/generate.ts";
import { MIGRATIONS } from "./migrations/list.ts";
import { WRITTEN_TABLES } from "./table-writes.ts";
import * as tables from "./tables.ts";

async function open(t: TestContext, name = "errand.db"): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), "errand-migrate-"));
  const database = await openDatabase(join(folder, name), FILE_DIALECT);
  t.after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return database;
}

const { CLUSTERED: _, ...schema } = tables;

/** What the database itself says of its tables and indexes. */
async function schemaOf(database: Database): Promise<unknown> {
  const columns = await database.rows(
    `select json_array(l.name, l.strict, l.wr, x.name, x.type, x."notnull", x.pk, x.dflt_value)
     from pragma_table_list l join pragma_table_xinfo(l.name) x
     where l.schema = 'main' and l.name not like 'sqlite_%' order by l.name, x.name`,
  );
  const indexes = await database.rows(
    `select json_array(s.tbl_name, i.name, i."unique", i.partial, x.seqno, x.name, m.sql)
     from sqlite_schema s join pragma_index_list(s.name) i join pragma_index_xinfo(i.name) x
     left join sqlite_schema m on m.name = i.name
     where s.type = 'table' order by s.tbl_name, i.name, x.seqno`,
  );
  return { columns, indexes };
}

test("the migrations lead to the tables, nothing is missing", async () => {
  assert.deepEqual((await pendingStatements()).statements, []);
});

test("what the migrations make is what the tables would make at once", async (t) => {
  const migrated = await open(t);
  await migrate(migrated);
  const direct = await open(t);
  const statements = await generateSQLiteMigration(
    await generateSQLiteDrizzleJson({}),
    await generateSQLiteDrizzleJson(schema),
  );
  await direct.batch(
    statements.map((sql) => ({ sql: withTableKinds(sql).replaceAll("`", '"'), args: [] })),
  );
  assert.deepEqual(await schemaOf(migrated), await schemaOf(direct));
});

test("every table is strict", async (t) => {
  const database = await open(t);
  await migrate(database);
  const sql = "select json_array(name) from pragma_table_list " +
    "where schema = 'main' and strict = 0 and name not like 'sqlite_%'";
  assert.deepEqual(await database.rows(sql), []);
});

test("the columns that the journal writes are those of the tables, the key first", () => {
  const byName = new Map<string, Table>(
    Object.values(schema).map((table) => [getTableName(table), table]),
  );
  for (const [name, written] of Object.entries(WRITTEN_TABLES)) {
    const columns = Object.values(getTableColumns(byName.get(name)!)).map((column) => column.name);
    assert.deepEqual(written.columns, columns, name);
    for (const fixed of written.fixed ?? []) assert.ok(written.columns.includes(fixed));
  }
  for (const [name, columns] of Object.entries(RUN_COLUMNS)) {
    assert.deepEqual(WRITTEN_TABLES[name]!.columns, columns);
  }
});

test("a new database is made without a copy, a second time nothing is done", async (t) => {
  const database = await open(t);
  assert.deepEqual(await migrate(database), { from: 0, to: SCHEMA_VERSION });
  assert.deepEqual(await migrate(database), { from: SCHEMA_VERSION, to: SCHEMA_VERSION });
});

const NEXT = { name: "next", statements: ["alter table namespace add column colour text"] };

test("an older database is copied before it is migrated, readable by its owner only", async (t) => {
  const database = await open(t);
  await migrate(database);
  await database.run("insert into namespace(name, created_at) values('old', 1)");
  const { backup } = await migrate(database, [...MIGRATIONS, NEXT]);
  assert.ok(backup);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  await database.run("insert into namespace(name, created_at, colour) values('new', 1, 'red')");
  const copy = await openDatabase(backup, FILE_DIALECT);
  t.after(() => copy.close());
  assert.deepEqual(await copy.rows("select json_array(name) from namespace"), [["old"]]);
  assert.equal((await migrate(copy)).from, SCHEMA_VERSION);
});

test("a copy that a crash left half done is made again", async (t) => {
  const database = await open(t);
  await migrate(database);
  writeFileSync(`${database.path}.before-${SCHEMA_VERSION + 1}`, "half");
  const { backup } = await migrate(database, [...MIGRATIONS, NEXT]);
  assert.ok(statSync(backup!).size > 4096);
});

test("a migration that fails leaves nothing behind", async (t) => {
  const database = await open(t);
  await migrate(database);
  const before = await schemaOf(database);
  const bad = { name: "bad", statements: [...NEXT.statements, "alter table nowhere add column x"] };
  await assert.rejects(migrate(database, [...MIGRATIONS, bad]), /nowhere/);
  assert.deepEqual(await schemaOf(database), before);
  assert.equal((await migrate(database)).from, SCHEMA_VERSION);
});

test("a database from a newer version is refused in one sentence", async (t) => {
  const database = await open(t);
  await migrate(database, [...MIGRATIONS, NEXT]);
  await assert.rejects(migrate(database), {
    code: "unsupported",
    message: new RegExp(
      `schema version ${
        SCHEMA_VERSION + 1
      } and this errand knows ${SCHEMA_VERSION} at most: install`,
    ),
  });
});

test("the database of another program is refused and left alone", async (t) => {
  const database = await open(t);
  await database.run("create table recipe(name text)");
  await assert.rejects(migrate(database), { code: "invalid", message: /of another program/ });
  assert.equal(await database.cell("select count(*) from sqlite_schema"), 1);
});

test("a path with characters that mean something in a URL is a path", async (t) => {
  const database = await open(t, "a b%20#?ü.db");
  await migrate(database);
  assert.ok(statSync(database.path).size > 0);
});
