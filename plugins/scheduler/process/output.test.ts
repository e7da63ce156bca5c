import { equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import type { AttemptSpec } from "../../../protocol/sdk/typescript/mod.ts";
import { NEVER, ProcessGround } from "./testing/ground.ts";

const NOT_ROOT = process.getuid?.() === 0 && process.platform === "linux"
  ? false
  : "it mounts a file system: only root on Linux can";

for (const launcher of ["native", "fallback"] as const) {
  describe(`what tasks print, with the ${launcher} launcher`, { concurrency: 2 }, () => {
    test("a gigabyte is bounded by the quota, and does not hold the task up", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const spec = ground.script("head -c 1G /dev/zero; echo end >&2", { maxLogBytes: 100_000 });
      const { exitCode } = await ground.run(spec);
      equal(exitCode, 0);
      const frames = await ground.frames(spec);
      equal((await ground.output(spec)).length, 100_000);
      equal(frames.at(-1)!.stream, "marker");
      match(new TextDecoder().decode(frames.at(-1)!.bytes), /limit of 100000 bytes/);
      ok((await stat(spec.logFile)).size < 110_000);
    });

    test("10 MB without a line feed, binary, on both streams, is kept byte for byte", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const file = join(ground.folder, "random");
      const bytes = pseudoRandom(10_000_000);
      await writeFile(file, bytes, { mode: 0o644 });
      const spec = ground.script(`cat ${file} & cat ${file} >&2; wait`);
      equal((await ground.run(spec)).exitCode, 0);
      for (const stream of ["out", "err"]) {
        const frames = (await ground.frames(spec)).filter((it) => it.stream === stream);
        equal(Buffer.compare(Buffer.concat(frames.map((it) => it.bytes)), bytes), 0, stream);
      }
    });

    test("a chatty task does not starve a quiet one", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const chatty = ground.script("yes", { maxLogBytes: 1_000_000 });
      const quiet = ground.script("echo heard; exit 4");
      await ground.scheduler.start(chatty, NEVER);
      await ground.logged(chatty, "y\ny\n");
      equal((await ground.run(quiet)).exitCode, 4);
      equal(await ground.output(quiet), "heard\n");
    });

    test("what goes on writing after its process has ended is killed, within two seconds", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const spec = ground.script("echo early; (trap '' TERM HUP; sleep 600; echo late) & exit 5");
      const { exitCode, startedAtMs, finishedAtMs } = await ground.run(spec);
      equal(exitCode, 5);
      ok(finishedAtMs - startedAtMs < 5_000, `it took ${finishedAtMs - startedAtMs} ms`);
      equal(await ground.output(spec), "early\n");
      equal((await ground.processes()).length, 1, "only the launcher is left");
    });

    test("a writer that needs a moment after its process has ended is read to its end", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const spec = ground.script("(sleep 0.1; echo late) & exit 0");
      await ground.run(spec);
      equal(await ground.output(spec), "late\n");
    });

    test("an output file that is no plain file is not read", async () => {
      await using ground = await ProcessGround.open({ launcher });
      await writeFile(join(ground.folder, "secret"), "key=1\n");
      const kinds = [
        "mkfifo $ERRAND_OUTPUT",
        "mkdir $ERRAND_OUTPUT",
        "ln -s ../../secret $ERRAND_OUTPUT",
      ];
      for (const kind of kinds) {
        const exit = await ground.run(ground.script(kind));
        equal(exit.exitCode, 0, kind);
        equal(exit.outputs.length, 0, kind);
      }
    });

    test("an output file that is somebody else's is not read", { skip: NOT_ROOT }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const go = join(ground.folder, "go");
      const spec = ground.script(`echo ready; until [ -e ${go} ]; do sleep 0.02; done`);
      await ground.scheduler.start(spec, NEVER);
      await ground.logged(spec, "ready");
      await writeFile(join(spec.workspace, `.errand-output-${spec.attemptId}`), "key=1\n");
      await writeFile(go, "");
      equal((await ground.exitOf(spec)).outputs.length, 0);
    });

    test("a log that is a symbolic link is not followed", async () => {
      await using ground = await ProcessGround.open({ launcher });
      const spec = ground.script("echo hello");
      await writeFile(join(ground.folder, "target"), "");
      await symlink(join(ground.folder, "target"), spec.logFile);
      const exit = await ground.run(spec);
      match(exit.message, /6 bytes are missing at the end of its log/);
      equal((await stat(join(ground.folder, "target"))).size, 0);
    });

    test("a full disk drops output with a marker, and never holds the task up", {
      skip: NOT_ROOT,
    }, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const small = join(ground.folder, "small");
      await mkdir(small);
      execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", small]);
      try {
        const go = join(ground.folder, "go");
        const script = `head -c 1000000 /dev/zero | tr '\\0' x; touch written
          until [ -e ${go} ]; do sleep 0.02; done; printf after`;
        const spec = ground.script(script, { logFile: join(small, "log") });
        writeFileSync(join(small, "ballast"), new Uint8Array(100_000));
        await ground.scheduler.start(spec, NEVER);
        while (!(await isThere(join(spec.workspace, "written")))) await tick();
        await rm(join(small, "ballast")); // more room than what may still be in the pipe
        await writeFile(go, "");
        equal((await ground.exitOf(spec)).exitCode, 0);
        const text = await ground.output(spec);
        ok(text.length < 1_000_000, `${text.length} bytes are on a disk of 256 KiB`);
        ok(text.endsWith("after"), `what came once there was space: ${text.slice(-20)}`);
        const marker = (await ground.frames(spec)).find((it) => it.stream === "marker");
        match(
          new TextDecoder().decode(marker?.bytes),
          /bytes are missing here: there was no space left/,
        );
      } finally {
        execFileSync("/bin/umount", [small]);
      }
    });
  });
}

test("a full disk under the launcher refuses starts as full, until there is space", {
  skip: NOT_ROOT,
}, async () => {
  const small = await mkdtemp(join(tmpdir(), "errand-small-"));
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=128k,mode=711", "tmpfs", small]);
  try {
    await using ground = await ProcessGround.open({ launcher: "native" }, { folder: small });
    equal((await ground.run(ground.script("exit 3"))).exitCode, 3);
    const started: AttemptSpec[] = [];
    const ballast = join(small, "ballast");
    await writeFile(ballast, new Uint8Array(200_000)).catch(() => {}); // as much as there is room for
    for (let code = ""; code !== "full";) { // the last block of the state file may have some room
      const spec = ground.script("exit 0", { workspace: "" });
      started.push(spec);
      code = await ground.scheduler.start(spec, NEVER).then(() => "", (error) => error.code);
    }
    await rm(ballast);
    equal((await ground.run(ground.script("exit 4"))).exitCode, 4);
    started.pop(); // it was refused
    for (const spec of started) {
      const { cause, message } = await ground.exitOf(spec);
      equal(cause, "exited", `a record that found half of its room: ${message}`);
    }
  } finally {
    execFileSync("/bin/umount", ["--lazy", small]);
    await rm(small, { recursive: true });
  }
});

test("a launcher that is told to end stops its tasks first", {
  skip: process.platform === "linux" ? false : "it looks into /proc for the launcher",
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const spec = ground.script(
    "trap 'echo bye; exit 6' TERM; echo ready; while :; do sleep 0.02; done",
  );
  await ground.scheduler.start(spec, NEVER);
  await ground.logged(spec, "ready");
  process.kill(await ground.launcherPid(), "SIGTERM");
  equal((await ground.exitOf(spec)).exitCode, 6);
  match(await ground.output(spec), /^ready\n(Terminated\n)?bye\n/);
});

test("what left its session is killed too, known by its environment", {
  skip: process.platform === "linux" ? false : "only Linux says what became of an orphan",
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const script =
    "setsid sh -c 'sleep 600 >/dev/null 2>&1 </dev/null & sleep 600' >/dev/null 2>&1 & echo done";
  const spec = ground.script(script);
  equal((await ground.run(spec)).exitCode, 0);
  while ((await ground.processes()).length > 1) await tick(); // bounded by the test's own limit
});

function isThere(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

function pseudoRandom(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = 42;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
