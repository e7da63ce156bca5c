import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "./database.ts";
import { FILE_DIALECT } from "./dialect.ts";
import type { RetentionPolicy } from "./retention.ts";
import { openTestStore, runRows } from "./store-fixture.ts";
import { idempotencyRow } from "./idempotency.ts";

const KEEP_ALL: RetentionPolicy = { runs: 0, ageMs: 0, groups: 1_000_000, nowMs: 1_000_000 };

async function filled(t: Parameters<typeof openTestStore>[0], states: readonly string[]) {
  const opened = await openTestStore(t);
  const rows = states.flatMap((state, i) => [
    ...runRows(100 + i, { number: i + 1, state, pipeline: "a", atMs: i * 1_000 }),
    ...runRows(5_000 + i, { number: i + 1, state, pipeline: "b", atMs: 900_000 + i }),
  ]);
  await opened.write(rows);
  const ids = async () => {
    const found: number[] = [];
    for (const pipeline of ["a", "b"]) {
      const page = await opened.store.runs.list({
        namespace: "default",
        pipeline,
        before: Infinity,
        limit: 2_000,
      });
      found.push(...page.map(([id]) => Number(id)).reverse());
    }
    return found;
  };
  return { ...opened, ids };
}

test("by count: the newest of each pipeline stay, live ones whatever their age", async (t) => {
  const { store, ids } = await filled(t, ["running", "failed", "queued", "succeeded", "succeeded"]);
  const report = await store.sweep({ ...KEEP_ALL, runs: 2 });
  assert.equal(report.runs, 2);
  assert.deepEqual(await ids(), [100, 102, 103, 104, 5_000, 5_002, 5_003, 5_004]);
  assert.equal(await store.runs.get("default", 101), undefined);
  assert.equal((await store.runs.get("default", 104))?.attempts.length, 1);
});

test("by age: what ended before is deleted, the last run of a pipeline never is", async (t) => {
  const { store, ids } = await filled(t, ["succeeded", "running", "failed", "cancelled"]);
  await store.sweep({ ...KEEP_ALL, ageMs: 999_000, nowMs: 1_000_500 });
  assert.deepEqual(await ids(), [101, 102, 103, 5_000, 5_001, 5_002, 5_003]);
  await store.sweep({ ...KEEP_ALL, ageMs: 1, nowMs: 99_000_000 });
  assert.deepEqual(await ids(), [101, 103, 5_001, 5_003]);
});

test("what lies outside goes before the rows, and is told by attempt", async (t) => {
  const { store, ids } = await filled(t, ["succeeded", "succeeded"]);
  const seen: unknown[] = [];
  await store.sweep({ ...KEEP_ALL, runs: 1 }, {
    remove: async (attempts, runs) => {
      seen.push([attempts, runs, (await ids()).length]);
    },
  });
  assert.deepEqual(seen, [[["100-0-0-1"], [100], 4], [["5000-0-0-1"], [5000], 3]]);
  const broken = store.sweep({ ...KEEP_ALL, ageMs: 1, nowMs: 99_000_000 }, {
    remove: () => Promise.reject(new Error("no")),
  });
  await broken.catch(() => {});
  assert.equal((await ids()).length, 2, "a failed removal leaves the rows");
});

test("many runs go in pieces, other work in between, and the space comes back", async (t) => {
  const { store, write, path } = await openTestStore(t);
  const rows = Array.from(
    { length: 3_000 },
    (_, i) =>
      runRows(i + 1, { number: i + 1, state: "succeeded" }).map((row) =>
        row.table === "task"
          ? { ...row, cells: [...row.cells.slice(0, 8), "x".repeat(8_000)] }
          : row
      ),
  );
  await write(rows.flat());
  const other = await openDatabase(path, FILE_DIALECT);
  t.after(() => other.close());
  const before = Number(await other.cell("pragma page_count"));
  let turns = 0;
  let over = false;
  const turn = () => {
    turns++;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const report = await store.sweep({ ...KEEP_ALL, runs: 10 });
  over = true;
  assert.equal(report.runs, 2_990);
  assert.ok(turns >= 5, `other work had ${turns} turns`);
  const after = Number(await other.cell("pragma page_count"));
  assert.ok(before > 6_000 && after < 2_500, `${before} pages became ${after}`);
  assert.equal(
    (await store.runs.list({ namespace: "default", before: Infinity, limit: 100 })).length,
    10,
  );
  assert.deepEqual(await store.check(), []);
});

test("expired keys and old events go; the number of the last group stays known", async (t) => {
  const { store, write, path } = await openTestStore(t);
  const key = { namespace: "default", key: "k", bodyHash: "h", runId: 1, number: 1 };
  await write([idempotencyRow({ ...key, atMs: 1 })], ["{}"]);
  await write([idempotencyRow({ ...key, key: "l", atMs: Date.now() })], ["{}"]);
  const report = await store.sweep({ ...KEEP_ALL, groups: 0, nowMs: Date.now() });
  assert.deepEqual(report, { runs: 0, groups: 1, idempotencyKeys: 1 });
  assert.ok(await store.findIdempotent("default", "l"));
  await store.close();
  const { openStore } = await import("./store.ts");
  const again = await openStore({ path });
  assert.equal(again.lastGroup, 2);
  await again.close();
});

test("a sweep ends early when it is told to", async (t) => {
  const { store, ids } = await filled(t, ["succeeded", "succeeded"]);
  const report = await store.sweep({ ...KEEP_ALL, runs: 1 }, { signal: AbortSignal.abort() });
  assert.deepEqual(report, { runs: 0, groups: 0, idempotencyKeys: 0 });
  assert.equal((await ids()).length, 4);
});
