import assert from "node:assert/strict";
import { test } from "node:test";
import type { FollowItem, Run } from "../../protocol/http/client/mod.ts";
import { runCli } from "../app.ts";
import { fakePorts } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { endedRun, log, task } from "../testing/runs.ts";

const id = endedRun().id;

function following(items: readonly FollowItem[], run: Run = endedRun()) {
  const submitted: unknown[] = [];
  const ports = fakePorts({
    pipelines: {
      get: () =>
        Promise.resolve({
          name: "hello",
          description: "",
          labels: {},
          version: 1,
          hash: "0".repeat(64),
          updatedAt: run.createdAt,
          definition: {
            params: {
              depth: { type: "integer" },
              loud: { type: "boolean" },
              who: { type: "string" },
            },
          },
        }),
    },
    runs: {
      submit: (_pipeline, request) => {
        submitted.push(request?.params);
        return Promise.resolve({ id, number: 3 });
      },
      get: () => Promise.resolve(run),
      follow: async function* () {
        yield* await Promise.resolve(items);
      },
    },
  });
  return { ports, submitted };
}

test("--json prints the new run's id and number", async () => {
  const { ports } = following([]);
  const { context, out } = memoryProcess({ ports });
  assert.equal(await runCli(["run", "hello", "--json"], context), 0);
  assert.equal(out(), `{"id":"${id}","number":3}\n`);
});

test("parameters are sent in the types that the pipeline gives them", async () => {
  const { ports, submitted } = following([]);
  const { context } = memoryProcess({ ports });
  const argv = "run hello -p depth=3 --param loud=true --param who=5 --param depth2=x=y";
  assert.equal(await runCli(argv.split(" "), context), 0);
  assert.deepEqual(submitted, [{ depth: 3, loud: true, who: "5", depth2: "x=y" }]);
});

test("what does not fit its type is sent as text, for the server to refuse", async () => {
  const { ports, submitted } = following([]);
  const argv = "run hello -p depth=1.5 -p loud=yes".split(" ");
  await runCli(argv, memoryProcess({ ports }).context);
  assert.deepEqual(submitted, [{ depth: "1.5", loud: "yes" }]);
});

test("--follow --json prints logs, changes and the run, an object a line", async () => {
  const items: FollowItem[] = [
    { type: "task", task: "greet", attempt: 1, state: "running" },
    log("greet", "hello\n"),
    { type: "task", task: "greet", attempt: 1, state: "succeeded" },
    endedRun(),
  ];
  const { context, out, err } = memoryProcess(following(items));
  assert.equal(await runCli(["run", "hello", "--follow", "--json"], context), 0);
  assert.deepEqual(out().trimEnd().split("\n").map((line) => JSON.parse(line)), items);
  assert.equal(err(), "");
});

test("--follow shows people each line with its task, then a table", async () => {
  const run = endedRun({
    state: "failed",
    reason: "task",
    message: "task wave failed",
    tasks: [
      task("greet"),
      task("wave", {
        state: "failed",
        reason: "exit",
        message: "exit code 7",
        attempts: [1, 2].map((attempt) => ({
          ...task("").attempts[0]!,
          attempt,
          state: "failed",
          exitCode: 7,
        })),
      }),
      task("tidy", { after: true, state: "skipped", reason: "need", attempts: [] }),
    ],
  });
  const items: FollowItem[] = [
    { type: "task", task: "greet", attempt: 0, state: "queued" },
    { type: "task", task: "greet", attempt: 1, state: "running" },
    log("greet", "hel"),
    log("wave", "oops\n", { stream: "err" }),
    log("greet", "lo\nrest"),
    log("wave", "quota reached", { stream: "marker" }),
    { type: "task", task: "wave", attempt: 1, state: "waiting", reason: "exit" },
    { type: "task", task: "wave", attempt: 2, state: "running" },
    { type: "task", task: "wave", attempt: 2, state: "failed", reason: "exit" },
    run,
  ];
  const { context, out } = memoryProcess(following(items, run));
  assert.equal(await runCli(["run", "hello", "--follow"], context), 1);
  assert.equal(
    out(),
    `greet • running
wave  │ oops
greet │ hello
wave  ▪ quota reached
wave  • will be tried again (exit)
wave  • running, attempt 2
wave  • failed (exit)
greet │ rest

TASK          STATE      REASON  ATTEMPTS  DURATION  EXIT
greet         succeeded          1         1.0s      0
wave          failed     exit    2         1.0s      7
tidy (after)  skipped    need

wave: exit code 7

hello#3 failed in 2.0s: task wave failed
`,
  );
});

test("on a terminal a task's text can not move the cursor, but keeps its colours", async () => {
  const items: FollowItem[] = [
    log("greet", "\x1b[31mred\x1b[0m \x1b[2Jgone\x07\n10%\r100%\r\n"),
    endedRun(),
  ];
  const { context, out } = memoryProcess({ ...following(items), terminal: true });
  await runCli(["run", "hello", "--follow"], context);
  assert.ok(out().includes("\x1b[31mred\x1b[0m ·[2Jgone·\x1b[0m\n"));
  assert.match(out(), / 100%\n/);
  assert.doesNotMatch(out(), /10%\r/);
});

test("Ctrl-C while following leaves the run alone and says how to go on", async () => {
  const process = memoryProcess({
    ports: fakePorts({
      runs: {
        submit: () => Promise.resolve({ id, number: 3 }),
        get: () => Promise.resolve(endedRun()),
        follow: async function* (_run, _options, signal) {
          yield log("greet", "hello\n");
          const aborted = new Promise((resolve) => signal?.addEventListener("abort", resolve));
          process.interrupt();
          await aborted;
        },
      },
    }),
  });
  assert.equal(await runCli(["run", "hello", "--follow"], process.context), 1);
  assert.match(process.err(), /the run goes on: `errand logs 140737488355328 --follow`/);
  assert.equal(process.listeners(), 0);
});
