import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { findLeftovers } from "../../support/gate/leftovers.ts";
import type { Ledger } from "../../support/ledger.ts";
import { readLog, untilTask } from "../../support/observe.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { NEEDS_ROOT, withWorld, World } from "../../support/world.ts";

/** SECURITY.md 24, first half. */
describe("24: a process task of a server that is root", () => {
  let world: World;
  let server: ServerProcess;
  let ledger: Ledger;
  /** A run that is under way, with a file of its own. */
  let other: string;
  before(async () => {
    world = await World.open({ settings: "slots: 4\n" });
    await chmod(join(world.dataDir, "server.yaml"), 0o600); // it is the operator's own
    ledger = await world.ledger();
    server = await world.start({ env: { ERRAND_SECRET_X: "the-other-secret" } });
    const { command, env } = ledger.task({ waits: true });
    await server.apply({
      name: "other",
      tasks: {
        a: {
          command: [...command.slice(0, 2), `umask 022; echo private > file; ${command[2]}`],
          env: { ...env, X: "${{ secrets.x }}" },
        },
      },
    });
    other = await server.run("other");
    await untilTask(server, other, { task: "a", state: "running" });
  });
  after(async () => {
    await ledger.openGate();
    await server.ended(other);
    await world.close();
  });

  /** What a task of another run sees when it runs this script. */
  async function seen(script: string): Promise<string> {
    await server.apply({ name: "spy", tasks: { a: { run: script, shell: ["/bin/sh", "-c"] } } });
    const run = await server.ended(await server.run("spy"));
    return (await readLog(server, run.id)).text;
  }

  it("is another user, without groups or capabilities", { skip: NEEDS_ROOT }, async () => {
    const text = await seen("id -u; id -G; grep -E '^Cap(Eff|Prm|Inh|Amb)' /proc/self/status");
    const [uid, groups, ...capabilities] = text.trim().split("\n");
    notStrictEqual(uid, "0");
    strictEqual(groups, uid);
    strictEqual(capabilities.length, 4);
    for (const line of capabilities) match(line, /\t0+$/);
  });

  it("reads and writes no file of the server's, and lists none of its folders", {
    skip: NEEDS_ROOT,
  }, async () => {
    const files = filesBelow(world.dataDir).filter((file) => !file.startsWith("work/"));
    for (const wanted of ["errand.db", "admin.token", "server.json", "lock"]) {
      ok(files.includes(wanted), `${wanted} is not there: ${files}`);
    }
    for (const folder of ["logs/", "instances/process/"]) {
      ok(files.some((file) => file.startsWith(folder)), folder);
    }
    const folders = [".", "logs", "work", "instances", "instances/process"];
    deepStrictEqual(await reached(files, folders), []);
  });

  it("reads nothing of the memory of the server or its launcher, and cannot end them", {
    skip: NEEDS_ROOT,
  }, async () => {
    const ours = [server.child.pid!, ...launchers()];
    ok(ours.length >= 2, `the server and its launcher: ${ours}`);
    deepStrictEqual(await touched(ours), []);
    strictEqual((await server.request("GET", "/readyz")).status, 200);
  });

  it("reads and writes no file of another run", { skip: NEEDS_ROOT }, async () => {
    const files = filesBelow(world.dataDir).filter((file) => file.startsWith("work/"));
    deepStrictEqual(files, [`work/${other}/file`]);
    deepStrictEqual(await reached(files, [`work/${other}`]), []);
  });

  it(
    "reads nothing of the memory of another run's task, and cannot end it",
    { skip: NEEDS_ROOT },
    async () => {
      const tasks = findLeftovers(join(world.dataDir, "work")).map(({ pid }) => pid);
      ok(tasks.length > 0);
      deepStrictEqual(await touched(tasks), []);
      strictEqual((await server.show(other)).tasks[0].state, "running");
    },
  );

  it("cannot talk to the launcher", { skip: NEEDS_ROOT }, async () => {
    const socket = join(world.dataDir, "instances", "process");
    const script = `for s in '${socket}'/*.sock; do [ -w "$s" ] && echo "open $s"; done; echo done`;
    strictEqual(await seen(script), "done\n");
  });

  /** Which of these files and folders of the data directory a task can read, write or list. */
  async function reached(
    files: readonly string[],
    folders: readonly string[],
  ): Promise<readonly string[]> {
    const at = (path: string) => `'${join(world.dataDir, path)}'`;
    const text = await seen(subshells([
      ...files.map((file) => `cat ${at(file)} >/dev/null 2>&1 && echo "read ${file}"`),
      ...files.map((file) => `: 2>/dev/null >> ${at(file)} && echo "wrote ${file}"`),
      ...folders.map((folder) => `ls ${at(folder)} >/dev/null 2>&1 && echo "listed ${folder}"`),
    ]));
    return text.split("\n").filter((line) => line !== "" && line !== "done");
  }

  /** What a task can do to these processes, all of them this test's own. */
  async function touched(pids: readonly number[]): Promise<readonly string[]> {
    const environment = (pid: number) =>
      `tr '\\0' '\\n' 2>/dev/null < /proc/${pid}/environ | grep -q .`;
    const text = await seen(subshells([
      ...pids.map((pid) => `${environment(pid)} && echo "read ${pid}"`),
      ...pids.map((pid) => `kill -CONT ${pid} 2>/dev/null && echo "signalled ${pid}"`),
    ]));
    return text.split("\n").filter((line) => line !== "" && line !== "done");
  }

  function launchers(): readonly number[] {
    // tasks have that path in their environment
    return findLeftovers(join(world.dataDir, "instances"))
      .filter(({ command }) => command.includes("launcher")).map(({ pid }) => pid);
  }
});

/** The files below a folder, by their path in it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/** A subshell a line: a redirection that fails would end the shell. */
function subshells(lines: readonly string[]): string {
  return [...lines, "echo done"].map((line) => `( ${line} )`).join("\n");
}

/** SECURITY.md 24, second half. */
describe("24: a server that is not root", () => {
  it("says so when it starts, and lets the namespace default only run processes", {
    skip: NEEDS_ROOT,
  }, async () => {
    await withWorld(async (world) => {
      await chown(world.dataDir, 65_533, 65_533);
      await mkdir(join(world.folder, "home"));
      await chown(join(world.folder, "home"), 65_533, 65_533);
      const home = join(world.folder, "home");
      const server = await world.start({
        through: ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"],
        env: { HOME: home, XDG_CACHE_HOME: home, DENO_DIR: join(home, "deno") },
      });
      const said = server.stderr.split("\n").filter((line) => /server's own user/.test(line));
      strictEqual(said.length, 1, server.stderr);
      match(said[0]!, /process .*only the namespace default .*start the server as root/);
      const definition = { name: "p", tasks: { a: { command: ["id", "-u"] } } };
      const { status, body } = await server.request(
        "PUT",
        "/v1/namespaces/team/pipelines/p",
        definition,
      );
      strictEqual(status, 400, JSON.stringify(body));
      match(JSON.stringify(body), /scheduler process is not for namespace team/);
      strictEqual((await server.request("GET", "/v1/namespaces/team/pipelines/p")).status, 404);
      await server.apply(definition);
      const run = await server.ended(await server.run("p"));
      strictEqual(run.state, "succeeded", JSON.stringify(run));
      strictEqual((await readLog(server, run.id)).text, "65533\n");
    });
  });
});

describe("24: errand dev", () => {
  it("runs tasks as whoever typed it", async () => {
    await withWorld(async (world) => {
      const file = await world.file("me.yaml", "name: me\ntasks: {a: {command: [id, -u]}}\n");
      const { code, stdout, stderr } = await world.errand(["dev", file, "--json"]);
      strictEqual(code, 0, stderr);
      const [log] = stdout.split("\n").filter((line) => line.includes('"type":"log"'));
      strictEqual(JSON.parse(log!).text, `${process.getuid?.()}\n`);
    });
  });
});
