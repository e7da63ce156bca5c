import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { Ledger } from "../../support/ledger.ts";
import { readLog, untilTask } from "../../support/observe.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { NEEDS_ROOT, withWorld, World } from "../../support/world.ts";

/** SECURITY.md 24, first half. */
describe("24: a process task of a server that is root", { skip: NEEDS_ROOT }, () => {
  let world: World;
  let server: ServerProcess;
  let ledger: Ledger;
  /** A run that is under way, with a file of its own. */
  let other: string;
  before(async () => {
    world = await World.open({ settings: "slots: 4\n" });
    ledger = await Ledger.open();
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
    await ledger.remove();
    await world.close();
  });

  /** What a task of another run sees when it runs this script. */
  async function seen(script: string): Promise<string> {
    await server.apply({ name: "spy", tasks: { a: { run: script, shell: ["/bin/sh", "-c"] } } });
    const run = await server.ended(await server.run("spy"));
    return (await readLog(server, run.id)).text;
  }

  it("is another user, without groups, capabilities or a way to get some", async () => {
    const text = await seen(
      "id -u; id -G; grep -E '^(Cap(Eff|Prm|Inh|Amb)|NoNewPrivs)' /proc/self/status",
    );
    const [uid, groups, ...rest] = text.trim().split("\n");
    deepStrictEqual([uid, groups], ["65532", "65532"]);
    for (const line of rest) {
      if (line.startsWith("Cap")) match(line, /\t0+$/);
      else strictEqual(line, "NoNewPrivs:\t1");
    }
  });

  it("reads no file of the data directory but those of its workspace, and lists none", async () => {
    const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name));
    const names = files.map((file) => file.slice(world.dataDir.length + 1));
    for (
      const wanted of ["errand.db", "admin.token", "server.json", "lock", `work/${other}/file`]
    ) {
      ok(names.includes(wanted), `${wanted} is not there: ${names}`);
    }
    ok(
      names.some((name) => name.startsWith("logs/")) &&
        names.some((name) => name.startsWith("instances/process/")),
    );
    const script = [
      ...files.map((file) => `cat '${file}' >/dev/null 2>&1 && echo "read ${file}"`),
      ...files.map((file) => `: 2>/dev/null >> '${file}' && echo "wrote ${file}"`),
      `for d in . logs work instances instances/process work/${other}; do ls '${world.dataDir}'/$d >/dev/null 2>&1 && echo "listed $d"; done`,
      "echo done",
    ];
    // a fork a file: the shell's own redirection failure would end it
    strictEqual(await seen(script.map((line) => `( ${line} )`).join("\n")), "done\n");
  });

  it("reads nothing of the server's, the launcher's or another run's process", async () => {
    const text = await seen(
      "for p in /proc/[0-9]*; do [ $p = /proc/$$ ] || tr '\\0' '\\n' < $p/environ 2>/dev/null; done | " +
        "grep -c -e the-other-secret -e ERRAND_SECRET || true",
    );
    strictEqual(text.trim(), "0");
  });

  it("cannot end the server, the launcher or another run's task", async () => {
    const launcher = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).length;
    ok(launcher > 0);
    const text = await seen(
      `kill -9 ${server.child.pid} 2>&1; kill -9 -1 2>/dev/null; echo unreached`,
    );
    doesNotMatch(text, /^unreached$/m);
    strictEqual((await server.request("GET", "/readyz")).status, 200);
    const run = await server.show(other);
    strictEqual(run.tasks[0].state, "running", "it ended another run's task");
  });

  it("cannot talk to the launcher", async () => {
    const socket = join(world.dataDir, "instances", "process");
    const script = `for s in '${socket}'/*.sock; do [ -w "$s" ] && echo "open $s"; done; echo done`;
    strictEqual(await seen(script), "done\n");
  });
});

/** SECURITY.md 24, second half. */
describe("24: a server that is not root", { skip: NEEDS_ROOT }, () => {
  it("says so when it starts, and lets the namespace default only run processes", async () => {
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
