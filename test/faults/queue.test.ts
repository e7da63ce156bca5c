import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { peakMemory } from "../support/observe.ts";
import { withWorld } from "../support/world.ts";

const RUNS = 500;

/** FAULTS.md R17, shortened. */
describe(`R17: ${RUNS} queued runs and kill -9`, () => {
  it("are all complete, once, in the order of their submission; the next server is ready within 5 s", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const first = await world.start();
      await first.apply({
        name: "gate",
        priority: 100,
        tasks: { a: ledger.task({ waits: true }) },
      });
      await first.apply({ name: "work", tasks: { a: ledger.task() } });
      const gate = await first.run("gate");
      const acked: string[] = [];
      // in turn: what was acknowledged first was submitted first
      for (let i = 0; i < RUNS; i++) acked.push(await first.run("work"));
      await first.kill();
      const from = performance.now();
      const second = await world.start();
      const readyMs = performance.now() - from;
      strictEqual((await second.request("GET", "/readyz")).status, 200);
      ok(readyMs < 5_000, `ready after ${readyMs} ms`);
      await ledger.openGate();
      strictEqual((await second.ended(gate)).state, "succeeded");
      await second.ended(acked.at(-1)!, 60_000);
      for (const runId of acked) strictEqual((await second.ended(runId)).state, "succeeded");
      await ledger.checkOnce();
      const started = (await ledger.lines()).filter(({ what }) => what === "start")
        .map(({ attempt }) => attempt.split("-")[0]!);
      deepStrictEqual(started, [gate, ...acked]);
      ok(await peakMemory(second.child.pid!) < 256, `${await peakMemory(second.child.pid!)} MiB`);
    }, { settings: "slots: 1\n" });
  });
});
