import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { findLeftovers } from "../support/gate/leftovers.ts";
import type { Ledger } from "../support/ledger.ts";
import { readLog, untilTask } from "../support/observe.ts";
import type { Answer, ServerProcess } from "../support/server-process.ts";
import { withWorld, type World } from "../support/world.ts";

describe("R19: a second server on a data directory", () => {
  it("is refused, and says who has it, also while the first one is paused or has work", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const first = await world.start();
      await first.apply({ name: "p", tasks: { a: ledger.task({ waits: true }) } });
      const runId = await first.run("p");
      await untilTask(first, runId, { task: "a", state: "running" });
      const args = ["serve", "--data", world.dataDir, "--listen", "127.0.0.1:0"];
      first.signal("SIGSTOP");
      const paused = await world.errand(args);
      first.signal("SIGCONT");
      for (const { code, stderr, stdout } of [paused, await world.errand(args)]) {
        deepStrictEqual([code, stdout], [4, ""], stderr);
        match(
          stderr,
          new RegExp(`^errand: another server \\(process ${first.child.pid}\\) [^\\n]*\\n$`),
        );
      }
      await ledger.openGate();
      strictEqual((await first.ended(runId)).state, "succeeded");
      await ledger.checkOnce();
    });
  });

  it("gets it as soon as the first one is dead, whatever it left there", async () => {
    await withWorld(async (world) => {
      const first = await world.start();
      await first.kill();
      const { pid } = JSON.parse(await readFile(join(world.dataDir, "server.json"), "utf8"));
      strictEqual(pid, first.child.pid);
      const second = await world.start();
      const found = JSON.parse(await readFile(join(world.dataDir, "server.json"), "utf8"));
      deepStrictEqual([found.pid, found.url], [second.child.pid, second.url]);
    });
  });
});

describe("a server that gets SIGTERM", () => {
  it("ends with 0 and leaves tasks running; the next one takes them over, whole", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const first = await world.start();
      await first.apply({ name: "p", tasks: { a: ledger.task({ waits: true, exitCode: 5 }) } });
      const runId = await first.run("p");
      await untilTask(first, runId, { task: "a", state: "running" });
      const running = tasksOf(world);
      strictEqual(await first.stop(), 0);
      strictEqual(
        await readFile(join(world.dataDir, "server.json"), "utf8").catch(() => "gone"),
        "gone",
      );
      deepStrictEqual(tasksOf(world), running);
      await ledger.openGate(); // it ends while nobody is there
      const second = await world.start();
      const run = await second.ended(runId);
      deepStrictEqual(run.tasks[0].attempts.map((it: Attempt) => [it.attempt, it.exitCode]), [[
        1,
        5,
      ]]);
      strictEqual((await readLog(second, runId)).text, "first line\nlast line\n");
      await ledger.checkOnce();
    });
  });
});

describe("a launcher that is killed", () => {
  it("costs its attempts, leaves no survivors, and the next one works", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const server = await world.start();
      await applyPair(server, ledger);
      const runId = await server.run("p");
      for (const task of ["once", "twice"]) {
        await untilTask(server, runId, { task, state: "running" });
      }
      const survivors = tasksOf(world);
      ok(survivors.length > 0);
      for (const pid of launchersOf(world)) process.kill(pid, "SIGKILL");
      await untilAttempt(server, runId, 2);
      ok(!tasksOf(world).some((pid) => survivors.includes(pid)), "a task outlived its attempt");
      await ledger.openGate();
      await checkPair(await server.ended(runId), ledger);
    });
  });

  it("together with its server costs its attempts, too", async () => {
    await withWorld(async (world) => {
      const ledger = await world.ledger();
      const first = await world.start();
      await applyPair(first, ledger);
      const runId = await first.run("p");
      for (const task of ["once", "twice"]) {
        await untilTask(first, runId, { task, state: "running" });
      }
      const survivors = tasksOf(world);
      await first.kill();
      for (const pid of launchersOf(world)) process.kill(pid, "SIGKILL");
      const second = await world.start();
      await untilAttempt(second, runId, 2);
      ok(!tasksOf(world).some((pid) => survivors.includes(pid)), "a task outlived its attempt");
      await ledger.openGate();
      await checkPair(await second.ended(runId), ledger);
    });
  });
});

interface Attempt {
  readonly attempt: number;
  readonly state: string;
  readonly reason?: string;
  readonly exitCode?: number;
}

/** A task with one try, and one with two. */
async function applyPair(server: ServerProcess, ledger: Ledger): Promise<void> {
  const retry = { attempts: 2, delay: "0s", causes: ["infrastructure"] };
  await server.apply({
    name: "p",
    tasks: {
      once: { ...ledger.task({ waits: true }), allowFailure: true },
      twice: { ...ledger.task({ waits: true }), retry },
    },
  });
}

async function checkPair(run: Answer, ledger: Ledger): Promise<void> {
  strictEqual(run.state, "succeeded", JSON.stringify(run));
  const ends = (i: number) =>
    run.tasks[i].attempts.map(({ state, reason }: Attempt) => reason ?? state);
  deepStrictEqual([ends(0), ends(1)], [["infrastructure"], ["infrastructure", "succeeded"]]);
  await ledger.checkOnce();
  const last = (await ledger.lines()).filter(({ what }) => what === "end");
  strictEqual(last.length, 1, "only the last attempt came to its end");
}

/** Waits until the second task runs its n-th attempt. */
async function untilAttempt(server: ServerProcess, runId: string, n: number): Promise<void> {
  for (;;) {
    await untilTask(server, runId, { task: "twice", state: "running" });
    const { tasks } = await server.show(runId);
    if (tasks[1].attempts.length >= n && tasks[1].state === "running") return;
  }
}

/** The shells of the tasks: what they start comes and goes. */
function tasksOf(world: World): readonly number[] {
  return findLeftovers(join(world.dataDir, "work"))
    .filter(({ command }) => command.startsWith("/bin/sh")).map(({ pid }) => pid).sort();
}

function launchersOf(world: World): readonly number[] {
  return findLeftovers(join(world.dataDir, "instances"))
    .filter(({ command }) => /launcher|fallback/.test(command)).map(({ pid }) => pid);
}
