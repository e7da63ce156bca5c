import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { checkManifest } from "../../../protocol/manifest/mod.ts";
import type { AttemptSpec, Host } from "../../../protocol/sdk/typescript/mod.ts";
import manifest from "./plugin.json" with { type: "json" };
import { ProcessScheduler } from "./process-scheduler.ts";
import { userOfRun } from "./task-user.ts";
import { NEVER, ProcessGround } from "./testing/ground.ts";

const ROOT = process.getuid?.() === 0;
const NOT_ROOT = ROOT ? false : "only root can run tasks as somebody else";

test("its manifest is right, and says what the plugin says", async () => {
  deepEqual(checkManifest(manifest).problems, []);
  const { id, traits } = await new ProcessScheduler({} as Host).info();
  deepEqual([id, JSON.parse(traits)], [manifest.id, manifest.traits]);
});

test("500 attempts at once all run and all end", async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const go = join(ground.folder, "go");
  const specs = Array.from(
    { length: 500 },
    (_, i) =>
      ground.script(`until [ -e ${go} ]; do sleep 0.2; done; echo ${i}; exit ${i % 200}`, {
        workspace: "",
      }),
  );
  await Promise.all(specs.map((spec) => ground.scheduler.start(spec, NEVER)));
  await writeFile(go, "");
  const left = new Map(specs.map((spec, i) => [spec.attemptId, i]));
  for await (const { attemptId, exit } of ground.changes()) {
    const i = left.get(attemptId);
    if (!exit || i === undefined) continue; // at least once
    equal(exit.exitCode, i % 200);
    left.delete(attemptId);
    if (left.size === 0) break;
  }
  for (const [i, spec] of specs.entries()) equal(await ground.output(spec), `${i}\n`);
});

describe("whom tasks run as", { concurrency: 1, skip: NOT_ROOT }, () => {
  for (const launcher of ["native", "fallback"] as const) {
    test(`is its run's own uid when the server is root, with the ${launcher} launcher`, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const script =
        "id -u; id -g; id -G; touch here; echo a=1 >> $ERRAND_OUTPUT; stat -c %u . here";
      const spec = ground.script(script);
      const exit = await ground.run(spec);
      equal(await ground.output(spec), "1073741825\n".repeat(5));
      equal(Buffer.from(exit.outputs).toString(), "a=1\n");
      equal((await stat(spec.workspace)).mode & 0o777, 0o700);
    });

    test(`differs by run: one reaches nothing of another, with the ${launcher} launcher`, async () => {
      await using ground = await ProcessGround.open({ launcher });
      const script =
        "umask 0; echo a=1 > $ERRAND_OUTPUT; echo here > file; echo ready; exec sleep 600";
      const one = ground.script(script);
      const none = ground.script(script, { attemptId: "1-999-0-1", workspace: "" });
      await ground.scheduler.start(one, NEVER);
      await ground.scheduler.start(none, NEVER);
      await ground.logged(one, "ready");
      const pid = (await ground.changes().next()).value!.handle.slice(4);
      const outputs = [
        join(one.workspace, `.errand-output-${one.attemptId}`),
        join(ground.dataDir, "out", `.errand-output-${none.attemptId}`),
      ];
      const spying = `cat ${one.workspace}/file ${outputs.join(" ")} /proc/${pid}/environ
        kill -CONT ${pid} && echo signalled; ls ${ground.dataDir}/out; id -u; true`;
      const spy = ground.script(spying, { attemptId: "9007199254740991-0-0-1" });
      await ground.run(spy);
      const lines = (await ground.output(spy)).trim().split("\n");
      // two pipes: what the streams say comes in no order
      const uid = String(1_073_741_824 + 1_073_741_823);
      ok(lines.includes(uid), lines.join("\n"));
      const silent = /^$|Permission denied|No such file|not permitted/;
      deepEqual(lines.filter((line) => line !== uid && !silent.test(line)), []);
      const sibling = ground.script(`cat ${one.workspace}/file`, { workspace: one.workspace });
      await ground.run(sibling);
      equal(await ground.output(sibling), "here\n");
      for (const spec of [one, none]) {
        await ground.scheduler.stop(spec, 0, NEVER);
        equal(Buffer.from((await ground.exitOf(spec)).outputs).toString(), "a=1\n");
      }
      await rejects(stat(outputs[0]!));
      await rejects(stat(outputs[1]!));
    });

    test(`is who the configuration says, with the ${launcher} launcher`, async () => {
      const table = { "1234": "1234 1234", "1234:4321": "1234 4321", "root": "0 0", "self": "0 0" };
      for (const [runAs, ids] of Object.entries(table)) {
        await using ground = await ProcessGround.open({ launcher, runAs });
        const spec = ground.script("echo $(id -u) $(id -g)");
        await ground.run(spec);
        equal(await ground.output(spec), `${ids}\n`);
      }
    });
  }

  test("is counted exactly, however large the run's id is", () => {
    const table = [["0", 0], ["9007199254740991", 1_073_741_823], ["4503599627370497", 1]] as const;
    for (const [run, rest] of table) {
      const id = 1_073_741_824 + rest;
      deepEqual(userOfRun(`${run}-3-0-1`), { uid: id, gid: id });
    }
  });

  test("may be an account by name", async () => {
    await using ground = await ProcessGround.open({ runAs: "nobody" });
    const spec = ground.script("id -un");
    await ground.run(spec);
    equal(await ground.output(spec), "nobody\n");
  });

  test("cannot read what is the server's, nor the files of the launcher", async () => {
    await using ground = await ProcessGround.open();
    await writeFile(join(ground.folder, "admin.token"), "token", { mode: 0o600 });
    const script =
      `cd ${ground.folder}; cat admin.token instance/attempts instance/launcher.log; ls . instance/out
      for name in /proc/$(cat /proc/$PPID/stat | cut -d' ' -f1)/environ; do cat $name; done; true`;
    const spec = ground.script(script);
    await ground.run(spec);
    const text = await ground.output(spec);
    ok(!text.includes("token\n") && !text.includes("serves"), text);
    equal(text.match(/Permission denied/g)?.length, 6, text);
  });

  test("a folder on the way that is closed to them is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-closed-")); // 0700
    try {
      const scheduler = new ProcessScheduler(HOST);
      await scheduler.configure({ ...REQUEST, dataDir: join(folder, "instance") });
      const { state, message } = await scheduler.health();
      equal(state, "degraded");
      ok(message.includes(`"${folder}"`), message);
      await chmod(folder, 0o711);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("a configuration that cannot be is a problem with its place", async () => {
  const table: readonly [string, string, RegExp][] = [
    ['{"runAs":7}', "/runAs", /account/],
    ['{"runAs":"no-such-account"}', "", /no account "no-such-account"/],
    ['{"launcher":"wooden"}', "/launcher", /native/],
    ['{"launcherIdleMs":-1}', "/launcherIdleMs", /milliseconds/],
  ];
  for (const [config, path, message] of table) {
    const scheduler = new ProcessScheduler(HOST);
    const { problems } = await scheduler.configure({ ...REQUEST, config });
    equal(problems[0]?.path, path);
    match(problems[0]!.message, message);
  }
  const { problems } = await new ProcessScheduler(HOST).configure({ ...REQUEST, dataDir: "" });
  match(problems[0]!.message, /folder/);
});

test("what no process can be given is refused, and starts nothing", async () => {
  await using ground = await ProcessGround.open();
  const table: readonly [string, Partial<AttemptSpec>][] = [
    ["invalid", { env: { A: "a\0b" } }],
    ["invalid", { env: { "A=B": "" } }],
    ["invalid", { work: { kind: "process", argv: [], workdir: "" } }],
    ["invalid", { attemptId: "../../etc" }],
    ["unsupported", {
      work: { kind: "wasm", sha256: "", function: "", input: new Uint8Array(), grants: "" },
    }],
    ["unsupported", { secrets: [{ name: "A", value: new Uint8Array(), as: "file" }] }],
    ["unsupported", { limits: { cpu: 1, memoryBytes: 0, pids: 0 } }],
    ["too_large", { env: { A: "x".repeat(17_000_000) } }],
  ];
  for (const [code, over] of table) {
    await rejects(
      ground.scheduler.start(ground.script("true", over), NEVER),
      (error: { readonly code?: string }) => error.code === code,
    );
  }
  equal((await ground.run(ground.script("exit 3"))).exitCode, 3);
});

test("programs that cannot be started say why", async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  await mkdir(join(ground.folder, "bin"), { mode: 0o755 });
  await chmod(join(ground.folder, "bin"), 0o755);
  await writeFile(join(ground.folder, "bin", "plain"), "no program", { mode: 0o644 });
  const run = (argv: readonly string[], workdir = "") =>
    ground.run(ground.script("", { work: { kind: "process", argv, workdir } }));
  const plain = await run([join(ground.folder, "bin", "plain")]);
  deepEqual([plain.cause, plain.exitCode], ["start_failed", 126]);
  match(plain.message, /cannot run ".*plain": permission denied/);
  const absent = await run(["absent"]);
  deepEqual([absent.cause, absent.exitCode], ["start_failed", 127]);
  match(absent.message, /cannot run "absent": no such file/);
  const nowhere = await run(["true"], "no/where");
  match(nowhere.message, /cannot enter the working directory "no\/where": no such file/);
  const long = await run(["true", "x".repeat(200_000)]);
  match(long.message, /argument list too long/);
});

test("a log is read page by page, from any cursor, with its markers", async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const text = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join("");
  const spec = ground.script(`i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; yes`, {
    maxLogBytes: text.length,
  });
  await ground.scheduler.start(spec, NEVER);
  let [found, cursor] = ["", ""];
  for (let end = false; !end;) {
    const request = { cursor, maxBytes: 100, waitMs: 5_000 };
    const page = await ground.scheduler.readLog(spec, request, NEVER);
    const bytes = Buffer.concat(page.chunks.map((it) => it.bytes));
    ok(bytes.length <= 100);
    found += bytes.toString();
    cursor = page.chunks.at(-1)?.cursor ?? cursor;
    if (found.includes("[the log ends here")) await ground.scheduler.stop(spec, 0, NEVER);
    ({ end } = page);
  }
  ok(found.startsWith(text), found.slice(0, 50));
  match(found.slice(text.length), /^\[the log ends here: it reached its limit of \d+ bytes.*\]\n$/);
  const unknown = { attemptId: "9-9-9-9", handle: "", epoch: 1 };
  await rejects(
    ground.scheduler.readLog(unknown, { cursor: "", maxBytes: 9, waitMs: 0 }, NEVER),
    (error: { readonly code?: string }) => error.code === "not_found",
  );
});

test("an attempt says what it used", async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  const script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
  const { usage } = await ground.run(ground.script(script)) as { usage?: Record<string, number> };
  ok(usage!["cpuMs"]! > 5 && usage!["maxRssBytes"]! > 100_000, JSON.stringify(usage));
});

const HOST = { log: () => Promise.resolve() } as unknown as Host;
const REQUEST = {
  instance: "process",
  installation: "test",
  generation: 1,
  protocol: 1,
  dataDir: join(tmpdir(), "errand-never-made"),
  config: "{}",
};
