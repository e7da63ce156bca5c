import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCAL_URL, localFetch } from "../core/http/mod.ts";
import { attemptId } from "../core/run/mod.ts";
import { openClient } from "../protocol/http/client/mod.ts";
import { apiFixture } from "../test/support/api-fixture.ts";
import { attempt, type MemoryPorts } from "../test/support/memory-ports.ts";
import { runCli } from "./app.ts";
import { memoryProcess } from "./testing/memory-process.ts";

/** The command line before the real API over memory, with the pipeline `two` applied. */
async function installation() {
  const { memory, api } = await apiFixture();
  const admin = memory.token("admin");
  return {
    memory,
    close: () => api.close(),
    async errand(line: string | readonly string[], { stdin = "", token = admin } = {}) {
      const { context, out, err } = memoryProcess({
        stdin,
        ports: {
          openClient: (options) =>
            Promise.resolve(
              openClient({ ...options, url: LOCAL_URL, token, fetch: localFetch(api.app) }),
            ),
        },
      });
      const argv = typeof line === "string" ? line.split(" ") : line;
      const code = await runCli(argv, context);
      return { code, out: out(), err: err() };
    },
  };
}

const FILE = `name: hello
params: {who: {type: string}, n: {type: integer, default: 1}}
timeout: 90s
tasks:
  greet: {run: 'echo "$WHO"', env: {WHO: "\${{ params.who }}"}, retry: {attempts: 2}}
after: {tidy: {command: ["true"]}}
`;

test("what apply stores equals the file, and applying it again changes nothing", async () => {
  const { errand, close } = await installation();
  const first = await errand("apply - --json", { stdin: FILE });
  assert.deepEqual([first.code, first.err], [0, ""]);
  const { pipeline, version, changed } = JSON.parse(first.out);
  assert.deepEqual([pipeline, version, changed], ["hello", 1, true]);
  assert.equal((await errand("diff -", { stdin: FILE })).code, 0);
  const again = await errand("apply -", { stdin: FILE });
  assert.equal(again.out, "hello is version 1 already: nothing to do\n");
  const changedFile = FILE.replace("90s", "2m");
  assert.match(
    (await errand("diff -", { stdin: changedFile })).out,
    /@ timeoutMs\n- 90000\n\+ 120000/,
  );
  await close();
});

test("a run is started with typed parameters and found by every kind of reference", async () => {
  const { errand, close } = await installation();
  await errand("apply -", { stdin: FILE });
  const run = await errand("run hello -p who=5 -p n=3 --json");
  const { id, number } = JSON.parse(run.out);
  assert.equal(number, 1);
  for (const reference of [id, "hello", "hello#1", "@last"]) {
    const shown = JSON.parse((await errand(`show ${reference} --json`)).out);
    assert.deepEqual([shown.id, shown.params], [id, { who: "5", n: 3 }]);
  }
  const listed = await errand("runs hello --json --state queued");
  assert.equal(JSON.parse(listed.out).id, id);
  assert.equal("tasks" in JSON.parse(listed.out), false);
  await close();
});

test("refusals of the server come out as one sentence and the right exit code", async () => {
  const { errand, memory, close } = await installation();
  for (
    const [line, code] of [
      ["run nothing", 3],
      ["show nothing", 3],
      ["show two#99", 3],
      ["cancel 12345", 3],
      ["run two -p depth=x", 2],
      ["run two -p deep=1", 2],
      ["pipeline show nothing", 3],
    ] as const
  ) {
    const { code: found, err, out } = await errand(line);
    assert.deepEqual([line, found, out], [line, code, ""]);
    assert.match(err, /^errand: .+\n$/);
  }
  assert.equal((await errand("runs", { token: "wrong" })).code, 4);
  assert.equal((await errand("run two", { token: memory.token("viewer") })).code, 4);
  await close();
});

/** Lets the run's tasks write, fail and succeed, one after the other. */
function finish(memory: MemoryPorts): void {
  let run = [...memory.runs.values()].at(-1)!;
  run = memory.put({ ...run, state: "running", startedAtMs: memory.nowMs });
  run = memory.putTask(run, 0, { state: "running", attempts: [attempt(1)] });
  memory.appendLog(attemptId(run.id, 0, 1), 1, "hello\n");
  memory.appendLog(attemptId(run.id, 0, 1), 2, "oh\n");
  const finishedAtMs = memory.nowMs + 1_000;
  const ended = attempt(1, { finishedAtMs, state: "failed", exitCode: 7 });
  const reason = { reason: "exit", message: "exit code 7" };
  run = memory.putTask(run, 0, { state: "failed", reason, attempts: [ended] });
  run = memory.putTask(run, 1, {
    state: "skipped",
    reason: { reason: "need", message: "a failed" },
    attempts: [],
  });
  memory.put({
    ...run,
    state: "failed",
    finishedAtMs,
    reason: { reason: "task", message: "a failed" },
  });
}

test("run --follow --json tells logs and changes in order, the ended run last", async () => {
  const { errand, memory, close } = await installation();
  const running = errand("run two --follow --json");
  // the run is there once its follower listens for the first log
  while (
    memory.waiting(attemptId([...memory.runs.keys()][0] ?? 0, 0, 1)) === 0 &&
    memory.listeners.size === 0
  ) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  finish(memory);
  const { code, out, err } = await running;
  assert.deepEqual([code, err], [1, ""]);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  const logs = lines.filter(({ type }) => type === "log");
  assert.deepEqual(logs.map(({ task, stream, text }) => [task, stream, text]), [
    ["a", "out", "hello\n"],
    ["a", "err", "oh\n"],
  ]);
  const changes = lines.filter(({ type }) => type === "task");
  assert.deepEqual(changes.at(-1), { type: "task", task: "b", attempt: 0, state: "skipped" });
  const last = lines.at(-1);
  assert.deepEqual([last.type, last.state, last.pipeline, last.number], [
    "run",
    "failed",
    "two",
    1,
  ]);
  assert.equal(last.tasks[0].attempts[0].exitCode, 7);
  await close();
});

test("logs of an ended run, and do's exit code, come from the same server", async () => {
  const { errand, memory, close } = await installation();
  await errand("run two");
  finish(memory);
  assert.equal((await errand("logs two a")).out, "hello\noh\n");
  assert.equal((await errand("logs two")).out, "a | hello\na | oh\n");
  assert.equal(
    (await errand("rerun two --json")).out.replace(/\d{3,}/, "N"),
    '{"id":"N","number":2}\n',
  );
  const doing = errand(["do", "--", "sh", "-c", "exit 7"]);
  while ([...memory.runs.values()].at(-1)!.pipeline !== "do") {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const run = [...memory.runs.values()].at(-1)!;
  assert.deepEqual(run.params, { command: "exec sh -c 'exit 7'" });
  const finishedAtMs = memory.nowMs;
  const failed = memory.putTask(run, 0, {
    state: "failed",
    attempts: [attempt(1, { finishedAtMs, state: "failed", exitCode: 7 })],
  });
  memory.put({ ...failed, state: "failed", startedAtMs: memory.nowMs, finishedAtMs });
  assert.equal((await doing).code, 7);
  await close();
});

test("a removed pipeline is no longer listed", async () => {
  const { errand, close } = await installation();
  await errand("apply -", { stdin: FILE });
  assert.equal((await errand("pipeline remove two")).out, "removed two\n");
  const { out } = await errand("pipelines --json");
  assert.deepEqual(out.trimEnd().split("\n").map((line) => JSON.parse(line).name), ["hello"]);
  await close();
});
