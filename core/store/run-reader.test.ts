import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestStore, runRows } from "./store-fixture.ts";

const STATES = ["queued", "running", "succeeded", "failed", "cancelled", "timed_out"] as const;

/** 120 runs of two namespaces and three pipelines, in every state. */
async function filled(t: Parameters<typeof openTestStore>[0]) {
  const opened = await openTestStore(t);
  const all = Array.from({ length: 120 }, (_, i) => ({
    id: 1_000 + i * 3,
    namespace: i % 5 === 0 ? "other" : "default",
    pipeline: `p${i % 3}`,
    number: Math.floor(i / 3) + 1,
    state: STATES[i % 7 % 6]!,
  }));
  await opened.write(all.flatMap((run) => runRows(run.id, run)));
  return { ...opened, runs: opened.store.runs, all };
}

test("pages list newest first and miss or repeat nothing, whatever the filter", async (t) => {
  const { runs, all } = await filled(t);
  const filters = [undefined, ...STATES].flatMap((state) =>
    [undefined, "p1", "nowhere"].map((pipeline) => ({ state, pipeline }))
  );
  for (const { state, pipeline } of filters) {
    const wanted = all.filter((run) =>
      run.namespace === "default" && (state ?? run.state) === run.state &&
      (pipeline ?? run.pipeline) === run.pipeline
    ).map((run) => run.id).reverse();
    const found: number[] = [];
    for (let before = Infinity;;) {
      const page = await runs.list({
        namespace: "default",
        before,
        limit: 7,
        ...(state ? { state } : {}),
        ...(pipeline ? { pipeline } : {}),
      });
      found.push(...page.map(([id]) => Number(id)));
      if (page.length < 7) break;
      before = found.at(-1)!;
    }
    assert.deepEqual(found, wanted, `${state} ${pipeline}`);
  }
});

test("a run is read with its tasks and attempts, from its own namespace only", async (t) => {
  const { runs, all } = await filled(t);
  const { id } = all[1]!;
  const found = await runs.get("default", id);
  assert.deepEqual(found!.run.slice(0, 6), [id, "default", "p1", 1, 1, "running"]);
  assert.deepEqual(found!.tasks.map(([run, index]) => [run, index]), [[id, 0]]);
  assert.deepEqual(found!.attempts.map(([run, index, n]) => [run, index, n]), [[id, 0, 1]]);
  assert.equal(await runs.get("other", id), undefined);
  assert.equal(await runs.exists("default", id), true);
  assert.equal(await runs.exists("other", id), false);
});

test("a run is found by its number and as the last of its pipeline", async (t) => {
  const { runs, all } = await filled(t);
  const of = (namespace: string, pipeline: string) =>
    all.filter((run) => run.namespace === namespace && run.pipeline === pipeline);
  for (const run of of("default", "p2")) {
    assert.equal(await runs.idOf("default", "p2", run.number), run.id);
  }
  assert.equal(await runs.idOf("default", "p2", 1_000), undefined);
  assert.equal(await runs.lastOf("default", "p2"), of("default", "p2").at(-1)!.id);
  assert.equal(await runs.lastOf("default", "nowhere"), undefined);
});

test("unfinished runs come in pages by id, of all namespaces", async (t) => {
  const { runs, all } = await filled(t);
  const found: unknown[] = [];
  for (let after = -1;;) {
    const page = await runs.unfinished(after, 5);
    if (page.length === 0) break;
    for (const { run, tasks, attempts } of page) {
      found.push(run[0]);
      assert.equal(tasks.length, 1);
      assert.equal(attempts[0]![0], run[0]);
    }
    after = Number(page.at(-1)!.run[0]);
  }
  const live = all.filter(({ state }) => state === "queued" || state === "running");
  assert.deepEqual(found, live.map(({ id }) => id));
});

test("tasks and attempts come in the order of their numbers", async (t) => {
  const { store, write } = await openTestStore(t);
  const rows = runRows(1, { number: 1, state: "running" });
  const task = rows[1]!.cells;
  const attempt = rows[2]!.cells;
  await write([
    rows[0]!,
    ...[10, 2, 0].map((index) => ({
      table: "task",
      key: `1-${index}`,
      cells: [1, index, ...task.slice(2)],
    })),
    ...[[10, 1], [2, 11], [2, 2], [0, 1]].map(([index, n]) => ({
      table: "attempt",
      key: `1-${index}-${n}`,
      cells: [1, index!, n!, ...attempt.slice(3)],
    })),
  ]);
  const found = (await store.runs.get("default", 1))!;
  assert.deepEqual(found.tasks.map((cells) => cells[1]), [0, 2, 10]);
  assert.deepEqual(found.attempts.map((cells) => [cells[1], cells[2]]), [
    [0, 1],
    [2, 2],
    [2, 11],
    [10, 1],
  ]);
});

test("a run is read as one commit left it, also with another behind the read", async (t) => {
  const { store, write } = await openTestStore(t);
  await write(runRows(1, { number: 1, state: "queued" }));
  const commit = (number: number, state: string) =>
    store.groups.commit({
      number: store.lastGroup + 10 + number,
      rows: runRows(1, { number: 1, state }),
      events: [],
      atMs: 1,
    });
  const reads = [
    async () => [await store.runs.get("default", 1)],
    () => store.runs.unfinished(0, 10),
  ];
  for (const [i, read] of reads.entries()) {
    await commit(2 * i, "queued");
    const [found] = await Promise.all([read(), commit(2 * i + 1, "running")]);
    for (const rows of found) {
      const { run, tasks, attempts } = rows!;
      assert.deepEqual([run[5], tasks[0]![3], attempts[0]![3]], ["queued", "queued", "queued"]);
    }
  }
});

test("ids and numbers go on from the highest in the store", async (t) => {
  const { store } = await openTestStore(t);
  assert.equal(await store.runs.lastId(), 0);
  assert.deepEqual(await store.runs.lastNumbers(), new Map());
  const { runs, all } = await filled(t);
  assert.equal(await runs.lastId(), all.at(-1)!.id);
  const wanted = new Map<string, number>();
  for (const run of all) wanted.set(`${run.namespace}/${run.pipeline}`, run.number);
  assert.deepEqual(await runs.lastNumbers(), new Map([...wanted].sort()));
});
