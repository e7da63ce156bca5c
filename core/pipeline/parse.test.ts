import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePipeline, PROBLEM_CODES } from "./mod.ts";

const minimal = {
  name: "p",
  description: "",
  labels: {},
  params: {},
  parallelism: 0,
  timeoutMs: 0,
  priority: 0,
};

const task = {
  description: "",
  after: false,
  work: { kind: "script", shell: ["/bin/sh", "-eu", "-c"], script: "x" },
  workdir: "",
  scheduler: "process",
  env: {},
  needs: {},
  when: "",
  allowFailure: false,
  retry: {
    attempts: 1,
    delayMs: 1_000,
    backoff: "constant",
    maxDelayMs: 0,
    jitter: false,
    causes: ["exit", "infrastructure", "timeout"],
  },
  timeout: { queueMs: 0, startMs: 600_000, runMs: 3_600_000 },
  graceMs: 10_000,
  outputs: {},
};

function pipelineOf(...lines: readonly string[]) {
  const { pipeline, problems } = parsePipeline(lines.join("\n"));
  assert.deepEqual(problems, []);
  assert.ok(pipeline);
  return pipeline;
}

test("a minimal file gets every default", () => {
  assert.deepEqual(pipelineOf("name: p", "tasks: {a: {run: x}}"), {
    ...minimal,
    tasks: [{ ...task, name: "a" }],
  });
});

test("every key of a file arrives in the canonical form", () => {
  const pipeline = pipelineOf(
    "name: nightly-report",
    "description: Crawls the site",
    "labels: {team: data, tier: 1}",
    "params:",
    '  url: {type: string, default: "http://127.0.0.1:8000/", description: where}',
    "  depth: {type: integer, minimum: 1, default: 2, enum: [1, 2, 3]}",
    "  note: {type: string, required: false, maxLength: 9, pattern: ^a}",
    "env: {TZ: UTC, LEVEL: 3, VERBOSE: true}",
    "defaults: {timeout: {queue: 2h, run: 10m}, grace: 5s, scheduler: other, shell: [bash, -c]}",
    "parallelism: 4",
    "timeout: 1h",
    "priority: -5",
    "tasks:",
    "  crawl:",
    '    run: ./crawl.sh "$URL" ${{ run.id }}',
    "    description: all of it",
    "    workdir: ./site//deep/",
    '    env: {URL: "${{ params.url }}", LEVEL: 4, TOKEN: "${{ secrets[\'crawl-token\'] }}"}',
    "    retry: {attempts: 3, delay: 2s, backoff: exponential, maxDelay: 1m, jitter: true, causes: [timeout, exit]}",
    "    timeout: {start: 5m}",
    "    allowFailure: true",
    "    outputs: {broken: integer, pages: json}",
    "  mail:",
    "    command: [send, --count, \"${{ tasks.crawl.outputs.?broken.orValue('–') }}\", 5, true]",
    "    needs: {crawl: any}",
    "    when: params.depth > 1",
    "    timeout: 90s",
    "    grace: 0s",
    "    scheduler: process",
    "after:",
    "  page: {run: echo, shell: [sh], when: \"run.outcome != 'succeeded' && tasks.mail.state == 'failed'\"}",
    "  clean: {run: rm -rf out, needs: [page]}",
  );
  assert.deepEqual(pipeline, {
    name: "nightly-report",
    description: "Crawls the site",
    labels: { team: "data", tier: "1" },
    params: {
      url: {
        type: "string",
        required: false,
        default: "http://127.0.0.1:8000/",
        description: "where",
      },
      depth: { type: "integer", required: false, default: 2, minimum: 1, enum: [1, 2, 3] },
      note: { type: "string", required: false, maxLength: 9, pattern: "^a" },
    },
    parallelism: 4,
    timeoutMs: 3_600_000,
    priority: -5,
    tasks: [
      {
        ...task,
        name: "crawl",
        description: "all of it",
        work: { kind: "script", shell: ["bash", "-c"], script: './crawl.sh "$URL" ${{ run.id }}' },
        workdir: "site/deep",
        scheduler: "other",
        env: {
          TZ: "UTC",
          LEVEL: "4",
          VERBOSE: "true",
          URL: "${{ params.url }}",
          TOKEN: "${{ secrets['crawl-token'] }}",
        },
        retry: {
          attempts: 3,
          delayMs: 2_000,
          backoff: "exponential",
          maxDelayMs: 60_000,
          jitter: true,
          causes: ["exit", "timeout"],
        },
        timeout: { queueMs: 7_200_000, startMs: 300_000, runMs: 600_000 },
        graceMs: 5_000,
        allowFailure: true,
        outputs: { broken: "integer", pages: "json" },
      },
      {
        ...task,
        name: "mail",
        work: {
          kind: "command",
          argv: ["send", "--count", "${{ tasks.crawl.outputs.?broken.orValue('–') }}", "5", "true"],
        },
        env: { TZ: "UTC", LEVEL: "3", VERBOSE: "true" },
        needs: { crawl: "any" },
        when: "params.depth > 1",
        timeout: { queueMs: 7_200_000, startMs: 600_000, runMs: 90_000 },
        graceMs: 0,
      },
      {
        ...task,
        name: "clean",
        after: true,
        work: { kind: "script", shell: ["bash", "-c"], script: "rm -rf out" },
        scheduler: "other",
        env: { TZ: "UTC", LEVEL: "3", VERBOSE: "true" },
        needs: { page: "success" },
        timeout: { queueMs: 7_200_000, startMs: 600_000, runMs: 600_000 },
        graceMs: 5_000,
      },
      {
        ...task,
        name: "page",
        after: true,
        work: { kind: "script", shell: ["sh"], script: "echo" },
        scheduler: "other",
        env: { TZ: "UTC", LEVEL: "3", VERBOSE: "true" },
        when: "run.outcome != 'succeeded' && tasks.mail.state == 'failed'",
        timeout: { queueMs: 7_200_000, startMs: 600_000, runMs: 600_000 },
        graceMs: 5_000,
      },
    ],
  });
});

test("an alias stands for the whole value of its anchor", () => {
  const pipeline = pipelineOf(
    "x-common: &common {TZ: UTC}",
    "name: p",
    "tasks:",
    "  a: {run: x, env: *common}",
    "  b: {run: x, env: *common, needs: [a]}",
  );
  assert.deepEqual(pipeline.tasks.map(({ env }) => env), [{ TZ: "UTC" }, { TZ: "UTC" }]);
});

test("JSON, also with tabs, and a byte order mark are read like YAML", () => {
  const plain = pipelineOf("name: p", "tasks: {a: {run: x}}");
  assert.deepEqual(
    pipelineOf('\ufeff{\n\t"name": "p",\n\t"tasks": {\n\t\t"a": {"run": "x"}\n\t}\n}'),
    plain,
  );
  assert.deepEqual(pipelineOf("name: p\r\ntasks:\r\n  a:\r\n    run: x\r\n"), plain);
});

test("an after task may look at every task of the main section, and at those it needs", () => {
  pipelineOf(
    "name: p",
    "tasks: {a: {run: x}, b: {run: x, outputs: {n: integer}}}",
    "after:",
    '  c: {run: x, when: tasks.a.state == "failed" && tasks.b.outputs.n > 1}',
    '  d: {run: x, needs: [c], when: tasks.c.state == "failed"}',
  );
});

test("no text makes the parser throw, and every problem has a place in the text", () => {
  const piece = fc.constantFrom(
    ...[
      "name: p\n",
      "tasks:\n",
      "  a:\n",
      "    run: x\n",
      "    needs: [a]\n",
      "after:\n",
      "params:\n",
    ],
    ...[
      "${{ ",
      " }}",
      "params.x",
      "- ",
      ": ",
      "\n",
      "  ",
      "\t",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "|\n",
      ">\n",
    ],
    ...[
      "&a ",
      "*a",
      "!x ",
      "<<: ",
      "? ",
      "%YAML 1.1\n",
      "---\n",
      "...\n",
      "#",
      "\ufeff",
      "\0",
      "\ud800",
      "é",
      "1.10",
    ],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (file) => {
      const { pipeline, problems } = parsePipeline(file);
      assert.equal(pipeline === undefined, problems.length > 0);
      const lines = file.split("\n");
      let before = { line: 1, column: 1 };
      for (const { code, line, column } of problems) {
        assert.ok(Object.hasOwn(PROBLEM_CODES, code));
        assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${JSON.stringify(file)}`);
        assert.ok(
          column >= 1 && column <= lines[line - 1]!.length + 1,
          `column ${column} of ${JSON.stringify(file)}`,
        );
        assert.ok(line > before.line || (line === before.line && column >= before.column));
        before = { line, column };
      }
    }),
    { numRuns: 3_000 },
  );
});

test("files that are too large, too deep or multiply are refused without being expanded", () => {
  const table = [
    [`# ${"x".repeat(1_048_576)}`, "too_large"],
    ["[".repeat(500_000), "too_deep"],
    ["- ".repeat(500_000), "too_deep"],
    ["\n".repeat(500_000), "too_large"],
    [`name: p\ntasks: {a: {command: [x, "${"${{ 1 }}".repeat(300)}"]}}`, "too_large"],
    [
      `x-t: &t "${"${{ 1 }}".repeat(250)}"\nname: p\ntasks: {a: {command: [${"*t, ".repeat(50)}]}}`,
      "too_large",
    ],
    [
      `name: p\ntasks: {${Array.from({ length: 1_001 }, (_, i) => `t${i}: {run: x}`).join(", ")}}`,
      "too_large",
    ],
    [`name: p\ntasks: {a: {run: "${"x".repeat(140_000)}"}}`, "too_large"],
  ] as const;
  for (const [file, code] of table) {
    const { problems } = parsePipeline(file);
    assert.equal(problems.length, 1, file.slice(0, 40));
    assert.equal(problems[0]!.code, code, file.slice(0, 40));
  }
});

test("at most a hundred problems are listed", () => {
  const file = Array.from({ length: 500 }, (_, i) => `k${i}: 1`).join("\n");
  assert.equal(parsePipeline(file).problems.length, 100);
});
