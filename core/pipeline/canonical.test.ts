import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ancestorsOf,
  canonicalText,
  diffPipelines,
  type JsonValue,
  parseCanonical,
  parsePipeline,
  type Pipeline,
  pipelineHash,
  planPipeline,
} from "./mod.ts";

const file: { readonly [key: string]: JsonValue } = {
  name: "p",
  labels: { b: "2", a: "1" },
  params: { z: { type: "integer", default: 1 }, a: { type: "string", required: false } },
  env: { TZ: "UTC", A: "1" },
  tasks: {
    "c-2": { run: "x", needs: { a: "any", b: "success" }, env: { Z: 1, B: "2" } },
    b: { run: "x", needs: ["a"] },
    a: { command: ["x"], outputs: { n: "integer", m: "json" } },
  },
  after: { z: { run: "x" }, "after-1": { run: "x", needs: ["z"] } },
};

test("equal pipelines have equal texts, however keys and tasks are ordered", () => {
  const text = canonicalText(read(JSON.stringify(file)));
  fc.assert(fc.property(fc.infiniteStream(fc.nat()), (stream) => {
    const shuffled = read(JSON.stringify(shuffle(file, stream), null, 1));
    assert.equal(canonicalText(shuffled), text);
    assert.equal(pipelineHash(shuffled), pipelineHash(read(JSON.stringify(file))));
  }));
});

test("spelling does not change a pipeline, meaning does", () => {
  const hash = (...lines: readonly string[]) => pipelineHash(read(lines.join("\n")));
  const base = hash("name: p", "tasks:", "  a: {run: x, needs: [], timeout: 60m}");
  assert.match(base, /^[0-9a-f]{64}$/);
  for (
    const same of [
      ["tasks: {a: {run: 'x'}}", "name: p"],
      ["# comment", "name: p", "x-free: 1", "tasks: {a: {run: x, retry: {attempts: 1}}}"],
      ["name: p", "tasks: {a: {run: x, timeout: {run: 1h}, workdir: ., allowFailure: false}}"],
      ["name: p", "defaults: {grace: 10s}", "tasks: {a: {run: x}}", "after: {}"],
    ]
  ) assert.equal(hash(...same), base, same.join("\n"));
  for (
    const other of [
      ["name: q", "tasks: {a: {run: x}}"],
      ["name: p", "tasks: {a: {run: y}}"],
      ["name: p", "tasks: {a: {run: x, timeout: 2h}}"],
      ["name: p", "tasks: {a: {run: x}}", "after: {b: {run: x}}"],
      ["name: p", "tasks: {a: {command: [x]}}"],
    ]
  ) assert.notEqual(hash(...other), base, other.join("\n"));
});

test("a canonical text comes back as the same pipeline", () => {
  const pipeline = read(JSON.stringify(file));
  const back = parseCanonical(canonicalText(pipeline));
  assert.deepEqual(back, pipeline);
  assert.equal(canonicalText(back), canonicalText(pipeline));
});

test("what is no canonical text is refused as corrupt", () => {
  const text = canonicalText(read(JSON.stringify(file)));
  const broken = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    text.replace('"graceMs":10000', '"graceMs":"10s"'),
    text.replace('"kind":"script",', ""),
    text.replace('"attempts":1,', ""),
    text.replace('"a":"any"', '"a":"sometimes"'),
    text.replace('"a":"any"', '"gone":"any"'),
  ];
  for (const bad of broken) {
    assert.throws(() => parseCanonical(bad), { code: "corrupt" }, bad.slice(0, 60));
  }
});

test("tasks stand by name, those of after behind the others", () => {
  const pipeline = read(JSON.stringify(file));
  assert.deepEqual(pipeline.tasks.map(({ name }) => name), ["a", "b", "c-2", "after-1", "z"]);
});

test("a plan says by index who waits for whom", () => {
  const pipeline = read(JSON.stringify(file));
  assert.deepEqual(planPipeline(pipeline), {
    needs: [
      [],
      [{ task: 0, need: "success" }],
      [{ task: 0, need: "any" }, { task: 1, need: "success" }],
      [{ task: 4, need: "success" }],
      [],
    ],
    dependents: [[1, 2], [2], [], [], [3]],
  });
  assert.equal(planPipeline(pipeline), planPipeline(pipeline));
  assert.deepEqual(ancestorsOf(pipeline), [[], [0], [0, 1], [4], []]);
});

test("a difference is named by its place", () => {
  const a = read(
    "name: p\nparams: {n: {type: integer, default: 1}}\ntasks: {a: {run: x, env: {A: b}}, b: {run: x}}",
  );
  const b = read(
    "name: p\nparams: {n: {type: integer, default: 2}}\ntasks: {a: {run: y, env: {B: b}}}\nafter: {c: {run: x}}",
  );
  const changes = diffPipelines(a, b);
  assert.deepEqual(changes.map(({ path }) => path), [
    "after.c",
    "params.n.default",
    "tasks.a.env.A",
    "tasks.a.env.B",
    "tasks.a.work.script",
    "tasks.b",
  ]);
  assert.deepEqual(changes[1], { path: "params.n.default", before: 1, after: 2 });
  assert.equal(changes[0]!.before, undefined);
  assert.equal(changes[5]!.after, undefined);
  assert.deepEqual(diffPipelines(a, a), []);
});

function read(text: string): Pipeline {
  const { pipeline, problems } = parsePipeline(text);
  assert.deepEqual(problems, []);
  assert.ok(pipeline);
  return pipeline;
}

function shuffle(value: JsonValue, random: Iterator<number>): JsonValue {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => ({
    place: random.next().value as number,
    entry: [key, shuffle(item, random)] as const,
  }));
  return Object.fromEntries(entries.sort((a, b) => a.place - b.place).map(({ entry }) => entry));
}
