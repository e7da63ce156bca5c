import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { pipelineOf, taskOf } from "../../test/support/definitions.ts";
import { openWorld, type SupervisedWorld } from "../../test/support/supervised.ts";
import type { Pipeline } from "../pipeline/mod.ts";
import { RUN_COLUMNS } from "../run/mod.ts";

const command = (...argv: string[]) => ({ work: { kind: "command", argv } }) as const;
const ok1 = pipelineOf([taskOf("a", command("exit", "0"))]);
const waits = pipelineOf([taskOf("a", { ...command("wait"), graceMs: 0 })]);

const submit = (
  world: SupervisedWorld,
  definition: Pipeline,
  key?: { key: string; bodyHash: string },
) =>
  world.supervisor.submit({
    namespace: "default",
    pipeline: "p",
    version: 1,
    definition,
    params: {},
    initiator: "user:test",
    ...(key ? { idempotency: key } : {}),
  });

describe("the supervisor", () => {
  it("runs what is submitted, tells it in order, and removes every attempt", async () => {
    const world = await openWorld(ok1);
    const { runId, number } = await submit(world, ok1);
    strictEqual(number, 1);
    strictEqual(await world.ended(runId), "succeeded");
    const told = world.events.map((e) => `${e.type} ${e.state}`);
    deepStrictEqual([told[0], told.at(-2), told.at(-1)], [
      "run running",
      "task succeeded",
      "run succeeded",
    ]);
    await world.supervisor.close();
  });

  it("answers a submission only once it is durable", async () => {
    const world = await openWorld(ok1);
    const { runId } = await submit(world, ok1);
    ok(world.groups.runState(runId) !== undefined);
    await world.supervisor.close();
  });

  it("refuses a submission on a full disk, and takes the next one when there is space", async () => {
    const world = await openWorld(ok1);
    world.groups.failure = { kind: "full" };
    await rejects(submit(world, ok1), { code: "full" });
    world.groups.failure = undefined;
    const { runId } = await submit(world, ok1);
    strictEqual(await world.ended(runId), "succeeded");
    await world.supervisor.close();
  });

  it("a run that meets a full disk in the middle goes on by itself", async () => {
    const world = await openWorld(waits);
    const { runId } = await submit(world, waits);
    await world.until((e) => e.type === "task" && e.state === "running");
    world.groups.failure = { kind: "full" };
    const cancelled = world.supervisor.cancel({
      namespace: "default",
      runId,
      force: false,
      by: "me",
    });
    const [attempt] = world.backend.attempts.values();
    strictEqual(attempt?.state, "running"); // nothing is stopped before the order is durable
    world.groups.failure = undefined;
    deepStrictEqual(await cancelled, { changed: true });
    strictEqual(await world.ended(runId), "cancelled");
    await world.supervisor.close();
  });

  it("a run whose rows are refused fails with the reason; others go on", async () => {
    const world = await openWorld(waits);
    const bad = await submit(world, waits);
    await world.until((e) => e.type === "task" && e.state === "running");
    world.groups.failure = { kind: "refused", key: String(bad.runId) };
    const good = await submit(world, ok1);
    await rejects(
      world.supervisor.cancel({ namespace: "default", runId: bad.runId, force: false, by: "me" }),
    );
    strictEqual(await world.ended(bad.runId), "failed");
    const cells = world.groups.tables.get("run")!.get(String(bad.runId))!;
    strictEqual(cells[RUN_COLUMNS.run.indexOf("reason")], "poisoned");
    strictEqual(await world.ended(good.runId), "succeeded");
    await world.supervisor.close();
  });

  it("an idempotency key answers the first run; with another body it is a conflict", async () => {
    const world = await openWorld(ok1);
    const key = { key: "k", bodyHash: "1" };
    const [first, second] = await Promise.all([submit(world, ok1, key), submit(world, ok1, key)]);
    deepStrictEqual(first, second);
    await rejects(submit(world, ok1, { key: "k", bodyHash: "2" }), { code: "conflict" });
    await world.supervisor.close();
  });

  it("a successor adopts what still runs", async () => {
    const first = await openWorld(waits);
    const { runId } = await submit(first, waits);
    await first.until((e) => e.type === "task" && e.state === "running");
    await first.supervisor.close();
    const { groups, backend } = first;
    const second = await openWorld(waits, { groups, backend, epoch: 2 });
    strictEqual(second.supervisor.recovered.resumed, 1);
    await second.supervisor.listed;
    strictEqual(backend.attempts.size, 1);
    await second.supervisor.cancel({ namespace: "default", runId, force: true, by: "me" });
    strictEqual(await second.ended(runId), "cancelled");
    await second.supervisor.close();
  });

  it("a row that cannot be read back fails its run, never the start", async () => {
    const first = await openWorld(waits);
    const bad = await submit(first, waits);
    const good = await submit(first, waits);
    await first.supervisor.close();
    const { groups, backend } = first;
    const cells = [...groups.tables.get("run")!.get(String(bad.runId))!];
    cells[RUN_COLUMNS.run.indexOf("params")] = "{not json";
    groups.tables.get("run")!.set(String(bad.runId), cells);
    const second = await openWorld(waits, { groups, backend, epoch: 2 });
    deepStrictEqual(second.supervisor.recovered.poisoned.map((p) => p.runId), [bad.runId]);
    strictEqual(groups.runState(bad.runId), "failed");
    strictEqual(groups.runState(good.runId), "running");
    await second.supervisor.close();
  });

  it("takes nothing in once it is closed, and says what is not there", async () => {
    const world = await openWorld(ok1);
    await rejects(
      world.supervisor.cancel({ namespace: "default", runId: 1, force: false, by: "me" }),
      { code: "not_found" },
    );
    await world.supervisor.close();
    await rejects(submit(world, ok1), { code: "unavailable" });
    await world.supervisor.close();
  });
});
