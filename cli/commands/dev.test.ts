import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { runCli } from "../app.ts";
import type { DevOptions, Ports } from "../ports.ts";
import { fakeClient } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { endedRun, log } from "../testing/runs.ts";

const FILE = `name: hello
params: {depth: {type: integer}}
tasks: {greet: {run: echo hello}}
`;

function engine(state: "succeeded" | "failed" = "succeeded") {
  const calls: unknown[] = [];
  const opened: DevOptions[] = [];
  const ports: Partial<Ports> = {
    openDev: (options) => {
      assert.ok(existsSync(options.dataDir));
      opened.push(options);
      const close = () => Promise.resolve(void calls.push("close"));
      return Promise.resolve({ token: "t", fetch, close });
    },
    openClient: ({ token, fetch: given }) => {
      assert.deepEqual([token, given], ["t", fetch]);
      return Promise.resolve(fakeClient({
        pipelines: {
          apply: (name) => {
            calls.push(`apply ${name}`);
            return Promise.resolve({ pipeline: name, version: 1, hash: "", changed: true });
          },
        },
        runs: {
          submit: (name, request) => {
            calls.push([name, request?.params]);
            return Promise.resolve({ id: endedRun().id, number: 1 });
          },
          follow: async function* () {
            yield log("greet", "hello\n");
            yield await Promise.resolve(endedRun({ state }));
          },
        },
      }));
    },
  };
  return { ports, calls, opened };
}

for (const [state, code] of [["succeeded", 0], ["failed", 1]] as const) {
  test(`dev runs the file, prints the run, removes its data, exits with ${code} when it ${state}`, async () => {
    const { ports, calls, opened } = engine(state);
    const { context, out } = memoryProcess({ ports, stdin: FILE, cwd: "/somewhere" });
    assert.equal(await runCli(["dev", "-", "-p", "depth=2", "--json"], context), code);
    assert.deepEqual(calls, ["apply hello", ["hello", { depth: 2 }], "close"]);
    const lines = out().trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ type }) => type), ["log", "run"]);
    assert.equal(opened[0]?.workspace, undefined);
    assert.equal(existsSync(opened[0]!.dataDir), false);
  });
}

test("--in-place runs in the file's folder", async () => {
  const { ports, opened } = engine();
  const { context } = memoryProcess({ ports, stdin: FILE, cwd: "/somewhere" });
  await runCli(["dev", "-", "--in-place", "--json"], context);
  assert.equal(opened[0]?.workspace, "/somewhere");
});

test("an invalid file exits with 2 before any engine is started", async () => {
  const { ports, opened } = engine();
  const { context, err } = memoryProcess({ ports, stdin: "name: x\n" });
  assert.equal(await runCli(["dev", "-"], context), 2);
  assert.match(err(), /^stdin:1:1: /);
  assert.deepEqual(opened, []);
});
