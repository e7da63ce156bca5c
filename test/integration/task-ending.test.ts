import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findLeftovers } from "../support/gate/leftovers.ts";
import { readLog, untilLog, untilTask } from "../support/observe.ts";
import { withWorld } from "../support/world.ts";
import { cancel, named, served, type Task } from "./served.ts";

describe("a task of a server", () => {
  const at = served({ settings: "slots: 4\n" });

  it("whose command does not exist fails with 127 and says so", async () => {
    const run = await at.ran("missing", {
      tasks: { a: { command: ["no-such-program", "x"] }, b: { run: "no-such-program x" } },
    });
    strictEqual(run.state, "failed");
    const [a, b] = run.tasks as [Task, Task];
    deepStrictEqual([a.state, a.reason, a.attempts[0]!.exitCode], ["failed", "start_failed", 127]);
    match(a.attempts[0]!.message!, /no-such-program/);
    deepStrictEqual([b.state, b.reason, b.attempts[0]!.exitCode], ["failed", "exit", 127]);
    match((await readLog(at.server, run.id, "b")).text, /no-such-program/);
  });

  it("whose file may not be executed fails and says so", async () => {
    const run = await at.ran("not-executable", { tasks: { a: { command: ["/etc/passwd"] } } });
    const [a] = run.tasks as [Task];
    deepStrictEqual([a.state, a.reason, a.attempts[0]!.exitCode], ["failed", "start_failed", 126]);
    match(a.attempts[0]!.message!, /permission denied/);
  });

  it("that ignores SIGTERM is killed after its grace when it is cancelled", async () => {
    await at.server.apply({
      name: "deaf",
      tasks: { a: { run: DEAF, grace: "100ms" } },
      after: { b: { run: "echo cleaned" } },
    });
    const runId = await at.server.run("deaf");
    await untilLog(at.server, runId, { task: "a", text: "deaf" });
    await cancel(at.server, runId);
    const run = await at.server.ended(runId);
    strictEqual(run.state, "cancelled");
    const [a, b] = run.tasks as [Task, Task];
    deepStrictEqual([a.state, a.attempts[0]!.signal], ["cancelled", "SIGKILL"]);
    strictEqual(b.state, "succeeded");
    match((await readLog(at.server, runId, "b")).text, /cleaned/);
  });

  it("that ignores SIGTERM is killed after its grace when its time is over", async () => {
    const run = await at.ran("deaf-late", {
      tasks: { a: { run: DEAF, grace: "100ms", timeout: "300ms" } },
    });
    const [a] = run.tasks as [Task];
    deepStrictEqual([run.state, a.state, a.reason], ["failed", "timed_out", "timeout"]);
    strictEqual(a.attempts[0]!.signal, "SIGKILL");
  });

  it("that leaves children behind, one in a session of its own, is ended with them", async () => {
    const [one, other] = [join(at.gates, "one"), join(at.gates, "other")];
    const script = [
      `(trap '' TERM HUP; : > ${one}; exec sleep 600) &`,
      `setsid sh -c "trap '' TERM HUP; : > ${other}; exec sleep 600" &`,
      `until [ -e ${one} ] && [ -e ${other} ]; do sleep 0.01; done`,
    ];
    const run = await at.ran("orphans", {
      tasks: { a: { run: script.join("\n"), grace: "200ms" } },
    });
    strictEqual(run.state, "succeeded");
    const left = findLeftovers(join(at.world.dataDir, "work")).map(({ command }) => command);
    deepStrictEqual(left, []);
  });

  it("keeps the exit code that a graceful stop ended it with, and is cancelled", async () => {
    await at.server.apply({
      name: "polite",
      tasks: {
        a: { run: "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done" },
      },
    });
    const runId = await at.server.run("polite");
    await untilLog(at.server, runId, { task: "a", text: "ready" });
    await cancel(at.server, runId);
    const run = await at.server.ended(runId);
    const [a] = run.tasks as [Task];
    deepStrictEqual([run.state, a.state, a.attempts[0]!.exitCode], ["cancelled", "cancelled", 3]);
    match((await readLog(at.server, runId)).text, /bye/);
  });

  it("is killed at once by a forced cancel, which skips `after`", async () => {
    await at.server.apply({
      name: "forced",
      tasks: { a: { run: DEAF, grace: "10m" }, c: { run: "true", needs: ["a"] } },
      after: { b: { run: "echo cleaned" } },
    });
    const runId = await at.server.run("forced");
    await untilLog(at.server, runId, { task: "a", text: "deaf" });
    await cancel(at.server, runId);
    await cancel(at.server, runId, { force: true });
    const run = await at.server.ended(runId);
    strictEqual(run.state, "cancelled");
    const states = ["a", "b", "c"].map((name) => named(run, name).state);
    deepStrictEqual(states, ["cancelled", "skipped", "cancelled"]);
    strictEqual(named(run, "b").attempts.length, 0);
  });

  it("is cancelled by the run's own limit, after which `after` runs", async () => {
    const run = await at.ran("limited", {
      timeout: "300ms",
      tasks: {
        a: { run: "echo on; exec sleep 600", grace: "100ms" },
        b: { run: "true", needs: ["a"] },
      },
      after: { c: { run: "true" } },
    });
    strictEqual(run.state, "timed_out");
    const [a, b, c] = [named(run, "a"), named(run, "b"), named(run, "c")];
    deepStrictEqual([a.state, a.reason], ["cancelled", "run_timeout"]);
    deepStrictEqual([b.state, c.state], ["cancelled", "succeeded"]);
  });
});

describe("a task that waits for a slot", () => {
  it("ends timed out, untried, when it waits longer than its queue limit", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const server = await world.start();
      await server.apply({
        name: "queued",
        tasks: {
          a: ledger.task({ waits: true }),
          b: { run: "true", timeout: { queue: "100ms" }, retry: { attempts: 3, delay: "0s" } },
        },
      });
      const runId = await server.run("queued");
      await untilTask(server, runId, { task: "b", state: "timed_out" });
      await ledger.openGate();
      const run = await server.ended(runId);
      const b = named(run, "b");
      deepStrictEqual([run.state, b.state, b.attempts.length], ["failed", "timed_out", 0]);
      match(`${b.reason} ${b.message}`, /queue/);
    }, { settings: "slots: 1\n" });
  });
});

const DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";
