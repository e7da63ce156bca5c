import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findLeftovers } from "../support/gate/leftovers.ts";
import { untilTask } from "../support/observe.ts";
import { withWorld, type World } from "../support/world.ts";

/** FAULTS.md R18. */
describe("R18: rows that cannot be read back", () => {
  it("fail their runs with a reason; all others go on, and the server starts", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const first = await world.start();
      for (const name of ["params", "state", "tasks", "version", "good"]) {
        await first.apply({
          name,
          tasks: { a: ledger.task({ waits: true }), b: { run: "true", needs: ["a"] } },
        });
      }
      const runs: Record<string, string> = {};
      for (const name of ["params", "state", "tasks", "version", "good"]) {
        runs[name] = await first.run(name);
        await untilTask(first, runs[name]!, { task: "a", state: "running" });
      }
      const queued = await first.run("good");
      await first.kill();
      await sql(world, [
        `update run set params = '{no json' where id = ${runs["params"]}`,
        `update task set outputs = '[' where run_id = ${runs["state"]}`,
        `delete from task where run_id = ${runs["tasks"]} and task_index = 1`,
        `delete from pipeline_version where name = 'version'`,
      ]);
      const second = await world.start();
      strictEqual((await second.request("GET", "/readyz")).status, 200);
      // everything that is asked for is answered, whatever the rows hold
      const list = await second.request("GET", "/v1/namespaces/default/runs");
      strictEqual(list.status, 200, JSON.stringify(list.body));
      const states = Object.fromEntries(
        list.body.items.map(({ id, state, reason }: Item) => [id, [state, reason]]),
      );
      for (const name of ["params", "state", "tasks", "version"]) {
        deepStrictEqual(states[runs[name]!], ["failed", "poisoned"], name);
        const { status, body } = await second.request(
          "GET",
          `/v1/namespaces/default/runs/${runs[name]}`,
        );
        ok(status === 200, `${name}: ${status} ${JSON.stringify(body)}`);
        match(body.message, /could not be read back/);
      }
      await ledger.openGate();
      strictEqual((await second.ended(runs["good"]!)).state, "succeeded");
      strictEqual((await second.ended(queued)).state, "succeeded");
      // the processes of the failed runs are stopped: nobody would look after them
      const works = ["params", "state", "tasks", "version"].map((name) =>
        join(world.dataDir, "work", runs[name]!)
      );
      const until = performance.now() + 5_000;
      while (works.some((work) => findLeftovers(work).length > 0)) {
        ok(performance.now() < until, "a task of a failed run is still there");
      }
      match(second.stderr, /could not be read back/);
      await second.stop();
      const third = await world.start();
      strictEqual((await third.ended(await third.run("good"))).state, "succeeded");
    }, { settings: "slots: 8\n" });
  });
});

interface Item {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
}

/** Changes a database that no server has open. */
async function sql(world: World, statements: readonly string[]): Promise<void> {
  const { createClient } = await import("@libsql/client/sqlite3");
  const client = createClient({ url: `file:${join(world.dataDir, "errand.db")}`, concurrency: 1 });
  for (const statement of statements) {
    strictEqual((await client.execute(statement)).rowsAffected > 0, true, statement);
  }
  client.close();
}
