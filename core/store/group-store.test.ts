import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { GroupRefused, type JournalRow, LeaseLost } from "../kernel/journal.ts";
import { connect, type Database, openDatabase } from "./database.ts";
import { type Dialect, FILE_DIALECT } from "./dialect.ts";
import { LibsqlGroupStore } from "./group-store.ts";
import { Lease } from "./lease.ts";
import { migrate } from "./migrate.ts";
import { runRows } from "./store-fixture.ts";

interface Opened {
  readonly database: Database;
  readonly groups: LibsqlGroupStore;
  readonly lease: Lease;
  commit(number: number, rows: readonly JournalRow[], events?: readonly string[]): Promise<void>;
}

async function open(t: TestContext, dialect: Dialect = FILE_DIALECT): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "errand-groups-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const database = await openDatabase(join(folder, "errand.db"), dialect);
  t.after(() => database.close());
  await migrate(database);
  const lease = await Lease.take(database, "test");
  const groups = new LibsqlGroupStore(database, lease.epoch);
  return {
    database,
    groups,
    lease,
    commit: (number, rows, events = []) => groups.commit({ number, rows, events, atMs: 1 }),
  };
}

const kv = (key: string, value: string | null, revision = 1): JournalRow => ({
  table: "kv",
  key: `i/${key}`,
  cells: ["i", key, value, revision],
});

const values = (database: Database) =>
  database.rows("select json_array(key, value, revision) from kv order by key");

test("the connection is set up: journal in a file of its own, every commit on disk", async (t) => {
  const { database } = await open(t);
  for (
    const [name, wanted] of Object.entries({ ...FILE_DIALECT.founding, ...FILE_DIALECT.settings })
  ) {
    assert.equal(await database.cell(`pragma ${name}`), wanted, name);
  }
});

test("a group writes, changes and deletes rows of several tables at once", async (t) => {
  const { database, commit } = await open(t);
  await commit(1, [kv("a", "1"), kv("b", "1"), ...runRows(7, { number: 1, state: "queued" })]);
  await commit(2, [
    kv("a", "2", 2),
    { ...kv("b", ""), cells: ["i", "b"], remove: true },
    kv("c", "1"),
    ...runRows(7, { number: 1, state: "succeeded" }),
  ], ['{"x":1}', '{"y":[2]}']);
  assert.deepEqual(await values(database), [["a", "2", 2], ["c", "1", 1]]);
  assert.equal(await database.cell("select state from run where id = 7"), "succeeded");
  const group = await database.row(
    "select json_array(number, epoch, at, json(events)) from journal_group where number = 2",
  );
  assert.deepEqual(group, [2, 1, 1, [{ x: 1 }, { y: [2] }]]);
});

test("what a run was made of is written once: later rows change its state only", async (t) => {
  const { database, commit } = await open(t);
  await commit(1, runRows(7, { number: 1, state: "queued" }));
  await commit(2, runRows(7, { number: 1, state: "running", pipeline: "other" }));
  const cells = await database.row("select json_array(pipeline, state) from run");
  assert.deepEqual(cells, ["p", "running"]);
});

test("a constraint refuses the whole group, and says which", async (t) => {
  const { database, groups, commit } = await open(t);
  await commit(1, runRows(7, { number: 1, state: "queued" }));
  for (
    const [rows, message] of [
      [runRows(8, { number: 1, state: "queued" }), /^UNIQUE constraint failed: run\.namespace/],
      [[kv("b", null)], /NOT NULL constraint failed: kv\.value/],
      [[{ ...kv("b", "1"), cells: ["i", "b", "1", 1.5] }], /REAL value in INTEGER column/],
      [[{ table: "nowhere", key: "1", cells: [1] }], /no table nowhere/],
    ] as const
  ) {
    await assert.rejects(commit(2, [kv("a", "1"), ...rows]), (error: unknown) => {
      assert.ok(error instanceof GroupRefused, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(await groups.hasGroup(2), false);
  assert.deepEqual(await values(database), []);
});

test("after another server took the lease nothing can be written", async (t) => {
  const { database, groups, lease, commit } = await open(t);
  await commit(1, [kv("a", "1")]);
  const next = await Lease.take(database, "another");
  assert.equal(next.epoch, lease.epoch + 1);
  const lost = (error: unknown) => error instanceof LeaseLost;
  await assert.rejects(commit(2, [kv("a", "2")]), lost);
  await assert.rejects(lease.beat(), lost);
  await assert.rejects(lease.write([{ sql: "delete from kv", args: [] }]), lost);
  assert.deepEqual(await values(database), [["a", "1", 1]]);
  await new LibsqlGroupStore(database, next.epoch)
    .commit({ number: 2, rows: [kv("a", "3")], events: [], atMs: 1 });
  assert.equal(await groups.hasGroup(2), false, "it is not of our epoch");
  await next.beat();
  assert.equal(await database.cell("select beat from lease"), 1);
});

test("a group that is there already is of unknown outcome, and is found by its number", async (t) => {
  const { groups, commit } = await open(t);
  await commit(1, [kv("a", "1")]);
  await assert.rejects(commit(1, [kv("a", "1")]), (error: unknown) => {
    assert.ok(!(error instanceof GroupRefused) && !(error instanceof LeaseLost));
    return true;
  });
  assert.equal(await groups.hasGroup(1), true);
  assert.equal(await groups.hasGroup(2), false);
});

test("an idempotency key that still answers another run is refused, after a day it is free", async (t) => {
  const { database, commit } = await open(t);
  const key = (runId: number, atMs: number): JournalRow => ({
    table: "idempotency",
    key: "default/k",
    cells: ["default", "k", `hash-${runId}`, runId, runId, atMs],
  });
  await commit(1, [key(1, 0)]);
  await commit(2, [key(1, 0)]);
  await assert.rejects(commit(3, [key(2, 86_399_999)]), GroupRefused);
  await commit(4, [key(2, 86_400_000)]);
  assert.deepEqual(await database.rows("select json_array(body_hash, run_id) from idempotency"), [
    ["hash-2", 2],
  ]);
});

test("any text comes back: NUL, half of a surrogate pair, escapes", async (t) => {
  const { database, commit } = await open(t);
  const texts = ["a\0b", "ü😀\u2028", '"\\', "half \ud83d of", "\udc00", "\\ud83d", "\\\ud83d"];
  await commit(1, texts.map((text, i) => kv(`${i}`, text)));
  const found = await values(database);
  assert.deepEqual(found.map(([, value]) => value), texts.map((text) => text.toWellFormed()));
});

test("rows go out in as many statements as the largest argument asks for", async (t) => {
  const { database, commit } = await open(t, { ...FILE_DIALECT, largestArgument: 400 });
  const rows = Array.from({ length: 100 }, (_, i) => kv(String(i).padStart(3, "0"), "ü".repeat(i)));
  await commit(1, rows);
  assert.equal((await values(database)).length, 100);
  await assert.rejects(commit(2, [kv("x", "ü".repeat(200))]), GroupRefused);
});

test("a large value fits", async (t) => {
  const { database, commit } = await open(t);
  const text = "x".repeat(3 * 1024 * 1024);
  await commit(1, [kv("a", text), kv("b", "small")]);
  assert.equal(await database.cell("select length(value) from kv where key = 'a'"), text.length);
});

test("a write lock of another program is waited for, and leaves no old snapshot behind", async (t) => {
  const { database, commit } = await open(t);
  await commit(1, [kv("a", "1")]);
  const other = await connect(database.path);
  t.after(() => other.close());
  const held = await other.transaction("write");
  await held.execute("update kv set revision = 5");
  let done = false;
  const waiting = commit(2, [kv("b", "1")]).then(() => done = true);
  // the first try was refused and its connection replaced: reads go on and see what is durable
  for (let i = 0; i < 3; i++) assert.deepEqual(await values(database), [["a", "1", 1]]);
  assert.equal(done, false);
  await held.commit();
  assert.deepEqual((await values(database))[0], ["a", "1", 5]);
  await waiting;
  assert.equal((await values(database)).length, 2);
  for (const [name, wanted] of Object.entries(FILE_DIALECT.settings)) {
    assert.equal(await database.cell(`pragma ${name}`), wanted, name);
  }
  const [busy, log, moved] = [...Object.values(
    (await other.execute("pragma wal_checkpoint(truncate)")).rows[0]!,
  )];
  assert.deepEqual([busy, log, moved], [0, 0, 0], "nothing holds the log");
});
