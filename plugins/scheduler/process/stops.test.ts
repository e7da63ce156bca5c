import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { NEVER, ProcessGround } from "./testing/ground.ts";

const PROC = process.platform === "linux" ? false : "it looks into /proc";
const LAST_PID = "/proc/sys/kernel/ns_last_pid";

for (const launcher of ["native", "fallback"] as const) {
  describe(`stops, with the ${launcher} launcher`, { concurrency: 2, skip: PROC }, () => {
    test("a second stop cuts the grace short for what outlived the process, too", async () => {
      await using ground = await ProcessGround.open({ launcher });
      // the background one holds the pipes, and ends by itself where nobody finds it
      const spec = ground.script("setsid sleep 6 & echo ready; exec sleep 40");
      await ground.scheduler.start(spec, NEVER);
      await ground.logged(spec, "ready");
      await ground.scheduler.stop(spec, 15_000, NEVER);
      await processIsGone(ground, "sleep\x0040");
      const beganAtMs = performance.now();
      await ground.scheduler.stop(spec, 0, NEVER);
      await ground.exitOf(spec);
      const tookMs = performance.now() - beganAtMs;
      ok(tookMs < 3_000, `${tookMs} ms`);
    });

    test("a launcher that is told to end reports what it ended as evicted, and starts no more", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const plain = ground.script("echo ready; exec sleep 600");
      const slow = ground.script(
        "trap 'echo told; sleep 1; exit 6' TERM; echo ready; while :; do sleep 0.02; done",
      );
      const stopped = ground.script("trap '' TERM; echo ready; while :; do sleep 0.02; done");
      for (const spec of [plain, slow, stopped]) {
        await ground.scheduler.start(spec, NEVER);
        await ground.logged(spec, "ready");
      }
      await ground.scheduler.stop(stopped, 300, NEVER);
      process.kill(await ground.launcherPid(), "SIGTERM");
      await ground.logged(slow, "told");
      const late = ground.script("exit 3");
      const code = await ground.scheduler.start(late, NEVER).then(() => "", (error) => error.code);
      equal(code, "unavailable");
      const exits = [];
      for (const spec of [plain, slow, stopped]) exits.push(await ground.exitOf(spec));
      deepEqual(exits.map(({ cause, exitCode }) => [cause, exitCode]), [
        ["evicted", 143],
        ["evicted", 6],
        ["signalled", 137],
      ]);
      match(exits[0]!.message, /launcher that ran it was told to end/);
      equal(exits[2]!.message, "");
      for (let done = ""; done !== "done";) { // by the next launcher
        done = await ground.scheduler.start(late, NEVER).then(() => "done", ({ code }) => code);
        ok(done === "done" || done === "unavailable", done);
      }
      equal((await ground.exitOf(late)).exitCode, 3);
    });

    test("the number of a session that is gone is never signalled", {
      skip: canChoosePids() ? false : `only root may write ${LAST_PID}`,
    }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      for (;;) {
        const spec = ground.script("setsid sleep 2 & sleep 0.2; echo ready; exit 0");
        const { handle } = await ground.scheduler.start(spec, NEVER);
        const pid = Number(handle.slice(4));
        await processIsGone(ground, "echo ready");
        const other = spawnWithPid(pid);
        const gone = once(other, "exit");
        await ground.exitOf(spec); // it was swept
        const was = other.exitCode ?? other.signalCode;
        other.kill("SIGKILL");
        await gone;
        if (other.pid !== pid) continue; // somebody else was faster
        equal(was, null, "it killed somebody else");
        return;
      }
    });
  });
}

describe("what left its session", { skip: PROC }, () => {
  test("is found though its environment is large, and in another order", async () => {
    await using ground = await ProcessGround.open({ launcher: "native", runAs: "self" });
    const script = `env -i A=$A B=$A C=$A ERRAND_OUTPUT=$ERRAND_OUTPUT \\
      /usr/bin/setsid /bin/sleep 600 >/dev/null 2>&1 </dev/null & sleep 0.2`;
    const env = { PATH: process.env["PATH"]!, A: "x".repeat(120_000) };
    await ground.run(ground.script(script, { env }));
    await onlyLauncherIsLeft(ground);
  });

  test("is found without its environment, where runs have uids of their own", {
    skip: process.getuid?.() === 0 ? false : "only root gives uids",
  }, async () => {
    await using ground = await ProcessGround.open({ launcher: "native" });
    const away = "env -i setsid sh -c 'sleep 6041 & sleep 6042' >/dev/null 2>&1 </dev/null";
    const first = ground.script(`${away} & exit 0`);
    const second = ground.script("echo ready; exec sleep 600"); // of the same run
    await ground.scheduler.start(second, NEVER);
    await ground.logged(second, "ready");
    await ground.run(first);
    await ground.scheduler.stop(second, 0, NEVER);
    await ground.exitOf(second);
    while (strangers().length > 0) await tick(); // bounded by the test's own limit
    await onlyLauncherIsLeft(ground);
  });
});

/** Pids of what the test above started. */
function strangers(): readonly string[] {
  const result = spawnSync("pgrep", ["-f", "^sleep 604[12]$"], { encoding: "utf8" });
  return result.stdout.split("\n").filter((it) => it !== "");
}

async function onlyLauncherIsLeft(ground: ProcessGround): Promise<void> {
  while ((await ground.processes()).length > 1) await tick();
}

async function processIsGone(ground: ProcessGround, text: string): Promise<void> {
  for (let found = true; found;) {
    found = (await ground.processes()).some((pid) => commandOf(pid).includes(text));
    if (found) await tick();
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return ""; // it has ended
  }
}

function canChoosePids(): boolean {
  try {
    accessSync(LAST_PID, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A session leader that has this pid, if nobody was faster. */
function spawnWithPid(pid: number) {
  writeFileSync(LAST_PID, String(pid - 1));
  return spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
