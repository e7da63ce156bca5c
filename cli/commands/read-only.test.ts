import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../app.ts";
import { type FakeCalls, fakePorts } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { endedRun, log, task } from "../testing/runs.ts";

const { tasks: _tasks, ...item } = endedRun();
const detail = {
  name: "hello",
  description: "Greets",
  labels: {},
  version: 2,
  hash: "ab".repeat(32),
  updatedAt: item.createdAt,
  definition: {
    params: { who: { type: "string", required: true }, n: { type: "integer", default: 1 } },
    tasks: [
      { name: "a", after: false, scheduler: "process", needs: {}, when: "", description: "First" },
      {
        name: "b",
        after: true,
        scheduler: "process",
        needs: { a: "any" },
        when: "true",
        description: "",
      },
    ],
  },
};

async function run(
  argv: string,
  calls: FakeCalls,
  code = 0,
): Promise<{ out: string; err: string }> {
  const { context, out, err } = memoryProcess({ ports: fakePorts(calls) });
  assert.equal(await runCli(argv.split(" "), context), code);
  // local times depend on where the test runs
  return { out: out().replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "DATE"), err: err() };
}

test("runs lists a page and says how to go on", async () => {
  const asked: unknown[] = [];
  const calls: FakeCalls = {
    runs: {
      list: (query) => {
        asked.push(query);
        return Promise.resolve({ items: [item], cursor: "c2" });
      },
    },
  };
  const human = await run("runs hello --state failed --limit 1 --cursor c1", calls);
  assert.deepEqual(asked, [{ pipeline: "hello", state: "failed", limit: 1, cursor: "c1" }]);
  assert.equal(
    human.out,
    `RUN      STATE      CREATED  DURATION  BY          ID
hello#3  succeeded  DATE  2.0s      user:admin  140737488355328
`.replace("CREATED  D", "CREATED              D"),
  );
  assert.equal(human.err, "more: --cursor c2\n");
  const json = await run("runs --json", calls);
  assert.deepEqual(JSON.parse(json.out), item);
});

test("show prints a run with its params, outputs and tasks, or one line of JSON", async () => {
  const shown = endedRun({
    params: { who: "you", n: 2 },
    rerunOf: "7",
    tasks: [task("greet", { outputs: { text: "hi\x1b[2J" } })],
  });
  const calls: FakeCalls = { runs: { get: () => Promise.resolve(shown) } };
  const { out } = await run("show hello#3", calls);
  assert.match(out, /^run {12}140737488355328\n/);
  assert.match(out, /started by {5}user:admin, again after run 7\n/);
  assert.match(out, /params {9}who=you n=2\n/);
  assert.match(out, /greet outputs {2}text=hi·\[2J\n/);
  assert.match(out, /hello#3 succeeded in 2\.0s\n$/);
  assert.deepEqual(JSON.parse((await run("show @last --json", calls)).out), shown);
});

test("logs of one task are its bytes; of several, lines with names; of an unknown one, refused", async () => {
  const calls: FakeCalls = {
    runs: {
      get: () => Promise.resolve(endedRun()),
      logs: async function* (_run, query) {
        yield log("greet", "one\ntwo");
        if (!query?.task) yield await Promise.resolve(log("wave", "three\n"));
      },
    },
  };
  assert.equal((await run("logs hello greet", calls)).out, "one\ntwo");
  assert.equal((await run("logs hello", calls)).out, "greet | one\nwave | three\ngreet | two");
  const unknown = await run("logs hello tidy", calls, 3);
  assert.match(unknown.err, /run hello#3 has no task "tidy": it has greet, wave\n/);
  const json = (await run("logs hello --json", calls)).out.trimEnd().split("\n");
  assert.deepEqual(json.map((line) => JSON.parse(line)), [
    log("greet", "one\ntwo"),
    log("wave", "three\n"),
  ]);
});

test("cancel says whether there was anything to do", async () => {
  for (const changed of [true, false]) {
    const calls: FakeCalls = {
      runs: { cancel: () => Promise.resolve({ id: item.id, number: 3, changed }) },
    };
    const { out } = await run("cancel hello", calls);
    assert.match(out, changed ? /^cancelling run/ : /nothing to do\n$/);
    const json = await run("cancel hello --json", calls);
    assert.deepEqual(JSON.parse(json.out), { id: item.id, number: 3, changed });
  }
});

test("status shows the server, its schedulers and the last runs", async () => {
  const scheduler = {
    instance: "process",
    slots: 2,
    busy: 1,
    state: "ready" as const,
    message: "",
  };
  const status = {
    version: "1.2.3",
    uptimeMs: 61_000,
    queuedRuns: 4,
    runningRuns: 1,
    schedulers: [scheduler],
  };
  const calls: FakeCalls = {
    status: () => Promise.resolve(status),
    runs: { list: () => Promise.resolve({ items: [item] }) },
  };
  const { out } = await run("status", calls);
  assert.match(
    out,
    /^server 1\.2\.3 at http:\/\/127\.0\.0\.1:7470, up 1m01s\n4 queued, 1 running\n/,
  );
  assert.match(out, /\nprocess {4}ready {2}1 {5}2\n/);
  assert.match(out, /\nhello#3 {2}succeeded/);
  const json = JSON.parse((await run("status --json", calls)).out);
  assert.deepEqual(json, { url: "http://127.0.0.1:7470", ...status, runs: [item] });
});

test("pipeline list, its plural, show and remove", async () => {
  const { definition: _, ...listed } = detail;
  const pages = [{ items: [listed], cursor: "next" }, { items: [{ ...listed, name: "other" }] }];
  const calls = (): FakeCalls => {
    const left = [...pages];
    return {
      pipelines: {
        list: () => Promise.resolve(left.shift()!),
        get: () => Promise.resolve(detail),
        remove: (pipeline) => Promise.resolve({ pipeline, changed: true }),
      },
    };
  };
  const { out } = await run("pipeline list", calls());
  assert.match(out, /^PIPELINE {2}VERSION {2}UPDATED .*\nhello {5}2 .*Greets\nother {5}2 /);
  assert.equal((await run("pipelines", calls())).out, out);
  const shown = (await run("pipeline show hello", calls())).out;
  assert.match(shown, /^hello version 2, live since DATE\nGreets\nsha256 abab/);
  assert.match(shown, /\nwho {4}string {3}\(required\)\nn {6}integer {2}1\n/);
  assert.match(shown, /\na {10}process {10,}.*First\nb \(after\) {2}process {4}a:any {2}true\n/);
  assert.equal((await run("pipeline remove hello", calls())).out, "removed hello\n");
});

test("rerun starts the run again, with the parameters that are given replaced", async () => {
  const asked: unknown[] = [];
  const calls: FakeCalls = {
    pipelines: { get: () => Promise.resolve(detail) },
    runs: {
      get: () => Promise.resolve(endedRun()),
      rerun: (run, request) => {
        asked.push([run, request]);
        return Promise.resolve({ id: "8", number: 4 });
      },
    },
  };
  assert.equal((await run("rerun hello", calls)).out, "started hello#4 (8)\n");
  assert.equal((await run("rerun hello -p n=5 --json", calls)).out, '{"id":"8","number":4}\n');
  assert.deepEqual(asked, [[item.id, {}], [item.id, { params: { n: 5 } }]]);
});

test("config shows every setting and where it comes from", async () => {
  const settings = [
    { name: "listen", value: "127.0.0.1:7470", source: "default" as const },
    { name: "slots", value: 4, source: "environment" as const },
  ];
  const readSettings = () => Promise.resolve(settings);
  const human = memoryProcess({ ports: { readSettings }, env: { HOME: "/h" } });
  assert.equal(await runCli(["config"], human.context), 0);
  assert.equal(
    human.out(),
    `SETTING  VALUE           FROM
listen   127.0.0.1:7470  default
slots    4               environment
`,
  );
  const json = memoryProcess({ ports: { readSettings }, env: { HOME: "/h" } });
  await runCli(["config", "--json"], json.context);
  assert.deepEqual(json.out().trimEnd().split("\n").map((line) => JSON.parse(line)), settings);
});
