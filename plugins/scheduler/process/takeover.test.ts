import { deepEqual, equal, match, ok } from "node:assert/strict";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startAndDie } from "./testing/doomed-server.ts";
import { NEVER, ProcessGround } from "./testing/ground.ts";

const PROC = process.platform === "linux" ? false : "it looks into /proc";

for (const launcher of ["native", "fallback"] as const) {
  describe(`with the ${launcher} launcher`, { concurrency: 2 }, () => {
    test("a server that is killed leaves its tasks running: the next one has log and exit code", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const script =
        "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.2; done; echo a=1 >> $ERRAND_OUTPUT; exit 7";
      const running = ground.script(script);
      const ended = ground.script("echo quick; exit 3");
      await startAndDie(ground.folder, { launcher }, [running, ended]);
      const exit = await ground.exitOf({ ...running, epoch: 2 });
      equal(exit.exitCode, 7);
      equal(new TextDecoder().decode(exit.outputs), "a=1\n");
      equal(await ground.output(running), "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n");
      equal((await ground.exitOf({ ...ended, epoch: 2 })).exitCode, 3);
      equal(await ground.output(ended), "quick\n");
    });

    test("what a dead launcher left running is ended by the next, and reported as evicted", {
      skip: PROC,
    }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const long = ground.script("echo ready; sleep 600 & sleep 600");
      const short = ground.script("exit 3");
      equal((await ground.run(short)).exitCode, 3);
      await ground.scheduler.start(long, NEVER);
      await ground.logged(long, "ready");
      process.kill(await ground.launcherPid(), "SIGKILL");
      const exit = await ground.exitOf(long);
      deepEqual([exit.cause, exit.exitCode, exit.signal], ["evicted", 137, "SIGKILL"]);
      match(exit.message, /launcher that ran it has ended/);
      equal((await ground.exitOf(short)).exitCode, 3, "an exit that was recorded is lost");
      const left = await ground.processes();
      deepEqual(left, [await ground.launcherPid()], "something of the attempt is left");
      await ground.scheduler.start(long, NEVER);
      equal((await ground.exitOf(long)).cause, "evicted", "it ran a second time");
    });

    test("a dead launcher's fences and epoch hold for the next one", { skip: PROC }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const stopped = ground.script("true", { epoch: 5 });
      const removed = ground.script("true", { epoch: 5 });
      await ground.scheduler.stop(stopped, 0, NEVER);
      await ground.run(removed);
      await ground.scheduler.remove(removed, NEVER);
      process.kill(await ground.launcherPid(), "SIGKILL");
      await ground.reopen();
      await refused(() => ground.scheduler.start({ ...removed, epoch: 4 }, NEVER), "fenced");
      await refused(() => ground.scheduler.start(stopped, NEVER), "fenced");
      await refused(() => ground.scheduler.start(removed, NEVER), "fenced");
    });

    test("a pid that was given to somebody else is never killed", { skip: PROC }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const bystander = ground.script("echo ready; exec sleep 600");
      await ground.scheduler.start(bystander, NEVER);
      await ground.logged(bystander, "ready");
      const pid = Number((await ground.changes().next()).value!.handle.slice(4));
      // another instance whose state file names that pid, started long before it
      await using other = await ProcessGround.open({ launcher });
      await other.run(other.script("true"));
      process.kill(await other.launcherPid(), "SIGKILL");
      await appendFile(`${other.dataDir}/attempts`, `\nS 9-9-9-9 ${pid} 1 1 /dev/null .\n`);
      const spec = other.script("", { attemptId: "9-9-9-9" });
      equal((await other.exitOf(spec)).cause, "evicted");
      equal((await ground.changes().next()).value!.state, "running");
    });

    test("a server with an older epoch is refused, and changes nothing", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const spec = ground.script("echo ready; exec sleep 600", { epoch: 7 });
      await ground.scheduler.start(spec, NEVER);
      const old = ground.scheduler;
      await ground.reopen();
      const ref = { ...spec, epoch: 8 };
      await ground.scheduler.watch({ cursor: "", maxChanges: 1, waitMs: 0, epoch: 8 }, NEVER);
      await refused(() => old.stop(spec, 0, NEVER), "fenced");
      equal((await ground.changes(8).next()).value!.state, "running");
      await ground.scheduler.stop(ref, 0, NEVER);
    });

    test("the launcher ends by itself once nobody needs it, and leaves no socket", async () => {
      await using ground = await ProcessGround.open({ launcher, launcherIdleMs: 1_000 });
      equal((await ground.run(ground.script("exit 3"))).exitCode, 3);
      await ground.scheduler.shutdown(1_000);
      while ((await ground.processes()).length > 0) await pause(5);
      ok(!(await readdir(ground.dataDir)).some((it) => it.endsWith(".sock")));
      await ground.reopen();
      const page = await ground.scheduler.watch(
        { cursor: "", maxChanges: 9, waitMs: 0, epoch: 1 },
        NEVER,
      );
      equal(page.changes[0]?.exit?.exitCode, 3, "what was not acknowledged is forgotten");
    });

    test("a data directory whose path is too long for a socket works", async () => {
      await using ground = await ProcessGround.open({ launcher }, { name: "x".repeat(120) });
      equal((await ground.run(ground.script("exit 4"))).exitCode, 4);
    });
  });
}

test("a state file older than a day makes room, and its fences hold on", {
  skip: PROC,
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const removed = ground.script("true");
  await ground.run(removed);
  await ground.scheduler.remove(removed, NEVER);
  const stopped = ground.script("true");
  await ground.scheduler.stop(stopped, 0, NEVER);
  const kept = ground.script("echo kept; exit 3");
  await ground.run(kept);
  const path = `${ground.dataDir}/attempts`;
  for (let round = 0; round < 3; round++) {
    await killLauncher(ground);
    if (round !== 1) await makeOld(path); // two turns: removals of that age are forgotten
    if (round < 2) {
      await refused(() => ground.scheduler.start(removed, NEVER), "fenced");
      await ground.scheduler.stop(ground.script(""), 0, NEVER);
      equal((await ground.exitOf(kept)).exitCode, 3);
      match(await readFile(`${path}.old`, "utf8"), new RegExp(`^R ${removed.attemptId} `, "m"));
      const text = await readFile(path, "utf8");
      ok(!text.includes(`R ${removed.attemptId} `) && text.includes(`X ${kept.attemptId} `), text);
    }
    const another = ground.script("true");
    await ground.run(another);
    await ground.scheduler.remove(another, NEVER);
    await refused(() => ground.scheduler.start(stopped, NEVER), "fenced");
  }
  ok(!(await readFile(`${path}.old`, "utf8")).includes(stopped.attemptId));
  match(
    await readFile(`${ground.dataDir}/stopped`, "utf8"),
    new RegExp(`^F ${stopped.attemptId} `, "m"),
  );
});

/** Kills it and waits until the plugin has noticed. */
async function killLauncher(ground: ProcessGround): Promise<void> {
  process.kill(await ground.launcherPid(), "SIGKILL");
  while ((await ground.launcherPid()) !== 0) await pause(5);
}

async function makeOld(path: string): Promise<void> {
  const yesterday = Date.now() - 25 * 3_600_000;
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(/^(B \S+) \d+/m, `$1 ${yesterday}`));
}

test("tasks see nothing of the launcher: no descriptor, no variable, no argument", {
  skip: PROC,
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const spec = ground.script(
    "ls -l /proc/self/fd | grep -o '[0-9]* ->.*'; umask; cat /dev/stdin",
  );
  equal((await ground.run(spec)).exitCode, 0);
  const text = await ground.output(spec);
  const found = text.split("\n").filter((line) => line.includes("->"));
  deepEqual(found.map((line) => line.split(" ")[0]).slice(0, 3), ["0", "1", "2"]);
  equal(found.length, 4, `more than the own three (and the folder that ls reads): ${text}`);
  match(text, /^0022$/m);
  ok(!(await readFile(`${ground.dataDir}/launcher.log`, "utf8")).includes("ERRAND_"));
});

/** A call that meets the end of a connection is to be repeated. */
async function refused(call: () => Promise<unknown>, code: string): Promise<void> {
  for (let found = "unavailable"; found === "unavailable";) {
    found = await call().then(() => "accepted", (error) => error.code);
    if (found !== "unavailable") equal(found, code);
  }
}
