import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../app.ts";
import { memoryProcess } from "../testing/memory-process.ts";

const VALID = "name: a\ntasks: {t: {run: echo hello}}\n";
const INVALID = `name: a
tasks:
\tt: {run: "echo"}
`;
const UNKNOWN = `name: a
tasks:
  t:
    rum: echo hello
`;

test("a valid file needs no server and exits with 0", async () => {
  const { context, out, err } = memoryProcess({ stdin: VALID });
  assert.equal(await runCli(["validate", "-"], context), 0);
  assert.deepEqual([out(), err()], ["a is valid, 1 task\n", ""]);
});

test("a problem is shown with its place, its line, a caret and what to do", async () => {
  const { context, out, err } = memoryProcess({ stdin: UNKNOWN });
  assert.equal(await runCli(["validate", "-"], context), 2);
  assert.equal(out(), "");
  assert.match(err(), /^stdin:4:5: .*rum.*\n {2}4 \| {5}rum: echo hello\n {4}\| {5}\^\n/m);
  assert.match(err(), /run/);
});

test("a tab before the place stands before the caret, too", async () => {
  const { context, err } = memoryProcess({ stdin: INVALID });
  assert.equal(await runCli(["validate", "-"], context), 2);
  assert.match(err(), /stdin:3:\d+: /);
});

test("--json prints one line, valid or not", async () => {
  const valid = memoryProcess({ stdin: VALID });
  assert.equal(await runCli(["validate", "-", "--json"], valid.context), 0);
  assert.equal(valid.out(), '{"valid":true,"problems":[]}\n');
  const invalid = memoryProcess({ stdin: UNKNOWN });
  assert.equal(await runCli(["validate", "-", "--json"], invalid.context), 2);
  const { valid: isValid, problems } = JSON.parse(invalid.out());
  assert.equal(isValid, false);
  const found = problems.find(({ code }: { code: string }) => code === "unknown_key");
  assert.deepEqual([found.line, found.column], [4, 5]);
  assert.deepEqual([typeof found.message, typeof found.hint], ["string", "string"]);
});

test("a file that is not there exits with 3", async () => {
  const { context, err } = memoryProcess({});
  assert.equal(await runCli(["validate", "x.yaml"], context), 3);
  assert.equal(err(), "errand: no file x.yaml\n");
});
