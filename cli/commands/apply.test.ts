import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import { runCli } from "../app.ts";
import { type FakeCalls, fakePorts } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-apply-test-"));
  await writeFile(join(folder, "a.yaml"), pipeline("alpha"));
  await writeFile(join(folder, "b.json"), '{"name":"beta","tasks":{"t":{"command":["true"]}}}');
  await writeFile(join(folder, "notes.txt"), "not a pipeline");
});
after(() => rm(folder, { recursive: true }));

function pipeline(name: string): string {
  return `name: ${name}\ntasks:\n  t: {command: ["true"]}\n`;
}

function server(options: { readonly changed?: boolean; readonly refuses?: string } = {}) {
  const calls: string[] = [];
  const fake: FakeCalls = {
    pipelines: {
      apply: (name, _file, { dryRun } = {}) => {
        calls.push(`${dryRun ? "check" : "store"} ${name}`);
        if (name === options.refuses) {
          const problems = [{ code: "x", message: "no such scheduler", line: 1, column: 1 }];
          const facts = { problems };
          return Promise.reject(new ErrandError("invalid", "the pipeline is invalid", { facts }));
        }
        const { changed = true } = options;
        return Promise.resolve({ pipeline: name, version: 2, hash: "abc", changed });
      },
      list: () => {
        const items = ["alpha", "beta", "gamma"].map((name) => ({ name }));
        return Promise.resolve({ items: items as never });
      },
      remove: (name) => {
        calls.push(`remove ${name}`);
        return Promise.resolve({ pipeline: name, changed: true });
      },
    },
  };
  return { ports: fakePorts(fake), calls };
}

test("a file is stored; --json prints what came of it", async () => {
  const { ports, calls } = server();
  const { context, out } = memoryProcess({ ports, cwd: folder });
  assert.equal(await runCli(["apply", "a.yaml", "--json"], context), 0);
  assert.equal(out(), '{"pipeline":"alpha","version":2,"hash":"abc","changed":true}\n');
  assert.deepEqual(calls, ["store alpha"]);
});

test("applying an equal pipeline says that there is nothing to do", async () => {
  const { ports } = server({ changed: false });
  const { context, out } = memoryProcess({ ports, cwd: folder });
  assert.equal(await runCli(["apply", "a.yaml"], context), 0);
  assert.equal(out(), "alpha is version 2 already: nothing to do\n");
});

test("of a folder every pipeline file is stored, once the server takes them all", async () => {
  const { ports, calls } = server();
  const { context, out } = memoryProcess({ ports, cwd: folder });
  assert.equal(await runCli(["apply", "."], context), 0);
  assert.deepEqual(calls, ["check alpha", "check beta", "store alpha", "store beta"]);
  assert.equal(out(), "alpha is now version 2\nbeta is now version 2\n");
});

test("when the server refuses one, nothing is stored", async () => {
  const { ports, calls } = server({ refuses: "beta" });
  const { context, err } = memoryProcess({ ports, cwd: folder });
  assert.equal(await runCli(["apply", "."], context), 2);
  assert.deepEqual(calls, ["check alpha", "check beta"]);
  assert.equal(err(), "errand: b.json: the pipeline is invalid\n  no such scheduler\n");
});

test("when one file is invalid, no server is asked and the exit code is 2", async () => {
  await writeFile(join(folder, "c.yml"), "name: gamma\ntaskz: {}\n");
  try {
    const { ports, calls } = server();
    const { context, err, out } = memoryProcess({ ports, cwd: folder });
    assert.equal(await runCli(["apply", "."], context), 2);
    assert.match(err(), /^c\.yml:1:1: .*\n/);
    assert.match(err(), /c\.yml:2:1: .*taskz/);
    assert.match(err(), /errand: nothing was stored\n$/);
    assert.deepEqual([calls, ports.opened, out()], [[], [], ""]);
  } finally {
    await rm(join(folder, "c.yml"));
  }
});

test("two files with one name are refused", async () => {
  await writeFile(join(folder, "c.yml"), pipeline("alpha"));
  try {
    const { ports, calls } = server();
    const { context, err } = memoryProcess({ ports, cwd: folder });
    assert.equal(await runCli(["apply", "."], context), 2);
    assert.match(err(), /a\.yaml and c\.yml both hold a pipeline alpha: rename one/);
    assert.deepEqual(calls, []);
  } finally {
    await rm(join(folder, "c.yml"));
  }
});

test("--prune removes what the folder has not, after a yes of the person at the terminal", async () => {
  for (
    const [options, removed] of [
      [{ terminal: true, stdin: "y\n" }, true],
      [{ terminal: true, stdin: "\n" }, false],
      [{}, true],
    ] as const
  ) {
    const { ports, calls } = server();
    const process = memoryProcess({ ports, cwd: folder, ...options });
    assert.equal(await runCli(["apply", ".", "--prune"], process.context), removed ? 0 : 1);
    assert.equal(calls.includes("remove gamma"), removed);
    if ("terminal" in options) assert.match(process.err(), /remove gamma from namespace default\?/);
  }
});

test("--prune --dry-run shows what would go and stores nothing", async () => {
  const { ports, calls } = server();
  const { context, out } = memoryProcess({ ports, cwd: folder });
  assert.equal(await runCli(["apply", ".", "--prune", "--dry-run"], context), 0);
  assert.deepEqual(calls, ["check alpha", "check beta"]);
  assert.match(out(), /alpha would become version 2\n[^]*gamma would be removed\n$/);
});

test("a path without files, and --prune of a file, are refused with a sentence", async () => {
  const { ports } = server();
  for (
    const [argv, code, says] of [
      ["apply nowhere", 3, /no file nowhere\n/],
      ["apply", 3, /no file errand.yaml: name the pipeline file\n/],
      ["apply a.yaml --prune", 2, /--prune wants a folder, a.yaml is a file\n/],
    ] as const
  ) {
    const { context, err } = memoryProcess({ ports, cwd: folder });
    assert.equal(await runCli(argv.split(" "), context), code);
    assert.match(err(), says);
  }
});
