import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { World } from "../support/world.ts";

describe("the same file", () => {
  it("gives the same result with `errand dev` and on a server: tasks, ends, outputs and logs", async () => {
    const world = await World.open();
    try {
      const file = await world.file("same.yaml", SAME);
      const server = await world.start();
      const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
      await world.errand(["apply", file], { env });
      const args = ["--param", "who=world", "--json"];
      const [dev, run] = await Promise.all([
        world.errand(["dev", file, ...args]),
        world.errand(["run", "same", "--follow", ...args], { env }),
      ]);
      deepStrictEqual([dev.code, run.code], [1, 1], dev.stderr + run.stderr);
      deepStrictEqual(timeless(dev.stdout), timeless(run.stdout));
      strictEqual(JSON.parse(run.stdout.trim().split("\n").at(-1)!).state, "failed");
    } finally {
      await world.close();
    }
  });
});

const SAME = `
name: same
params: {who: {type: string}}
env: {WHO: "\${{ params.who }}"}
tasks:
  hello: {run: 'echo "hello $WHO"; echo n=1 >> $ERRAND_OUTPUT', outputs: {n: integer}}
  fails: {run: exit 7}
  handler: {run: echo handled, needs: {fails: failure}}
  skipped: {run: echo no, needs: [fails]}
  retried: {run: '[ $ERRAND_ATTEMPT = 2 ]', retry: {attempts: 3, delay: 10ms}}
  missing: {command: [no-such-program], allowFailure: true}
  late: {run: exec sleep 600, timeout: 200ms, grace: 100ms, allowFailure: true}
  deaf: {run: "trap '' TERM; while :; do sleep 0.02; done", timeout: 200ms, grace: 100ms, allowFailure: true}
  outputs: {run: echo n=x >> $ERRAND_OUTPUT, outputs: {n: integer}, allowFailure: true}
  count: {command: [echo, "\${{ tasks.hello.outputs.n + 1 }}"], needs: [hello]}
  when: {run: echo, needs: [hello], when: tasks.hello.outputs.n > 1}
  binary: {run: "printf 'a\\\\000\\\\377b'"}
after:
  last: {command: [echo, "\${{ run.outcome }}"]}
`;

/** The lines of a followed run without ids and times; logs joined by task and stream. */
function timeless(output: string) {
  const lines = output.trim().split("\n").map((line) => JSON.parse(line));
  const logs: Record<string, string> = {};
  for (const { type, task, attempt, stream, text } of lines) {
    if (type === "log") {
      logs[`${task} ${attempt} ${stream}`] = (logs[`${task} ${attempt} ${stream}`] ?? "") + text;
    }
  }
  const states = lines.filter(({ type }) => type === "task")
    .map(({ task, attempt, state, reason }) => [task, attempt, state, reason])
    .filter(([, , state]) => !/^(?:queued|starting|running)$/.test(state))
    .map((it) => JSON.stringify(it)).sort();
  const run = lines.at(-1);
  return { logs, states, run: withoutTimes(run) };
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) =>
    !/At$/.test(key) && key !== "id" && key !== "phases" && key !== "usage" && key !== "initiator"
  );
  return Object.fromEntries(entries.map(([key, it]) => [key, withoutTimes(it)]));
}
