import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import type { PipelineDetail, Run } from "../../protocol/http/client/mod.ts";
import { runCli } from "../app.ts";
import type { FakeCalls } from "../testing/fake-client.ts";
import { fakePorts } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { endedRun, log, task } from "../testing/runs.ts";

const id = endedRun().id;

/** A server on which `do` runs to this end. */
function server(run: Run, live?: Partial<PipelineDetail>) {
  const calls: { applied: unknown[]; submitted: [string, unknown][]; cancelled: unknown[] } = {
    applied: [],
    submitted: [],
    cancelled: [],
  };
  const fake: FakeCalls = {
    pipelines: {
      get: (name) =>
        live
          ? Promise.resolve({ name, labels: {}, hash: "abc", ...live } as PipelineDetail)
          : Promise.reject(new ErrandError("not_found", "no such pipeline")),
      apply: (name, file, options) => {
        calls.applied.push([name, file, options]);
        return Promise.resolve({ pipeline: name, version: 1, hash: "abc", changed: true });
      },
    },
    runs: {
      submit: (name, request) => {
        calls.submitted.push([name, request?.params]);
        return Promise.resolve({ id, number: 1 });
      },
      cancel: (_run, options) => {
        calls.cancelled.push(options);
        return Promise.resolve({ id, number: 1, changed: true });
      },
      follow: async function* () {
        yield log("do", "one\n");
        yield log("do", "two\n", { stream: "err" });
        yield await Promise.resolve(run);
      },
    },
  };
  return { ports: fakePorts(fake), calls, fake };
}

const failed = (attempt: object) =>
  endedRun({
    pipeline: "do",
    state: "failed",
    message: "task do failed",
    tasks: [task("do", {
      state: "failed",
      attempts: [{ ...task("").attempts[0]!, exitCode: undefined, ...attempt } as never],
    })],
  });

test("do writes both streams to stdout, nothing else, and exits with 0", async () => {
  const { ports, calls } = server(endedRun());
  const { context, out, err } = memoryProcess({ ports });
  assert.equal(await runCli(["do", "--", "uname", "-a"], context), 0);
  assert.deepEqual([out(), err()], ["one\ntwo\n", ""]);
  assert.deepEqual(calls.submitted, [["do", { command: "exec uname -a" }]]);
});

for (
  const [attempt, code] of [[{ exitCode: 7 }, 7], [{ signal: "SIGKILL" }, 137], [{}, 1]] as const
) {
  test(`do exits with ${code} when its task ended with ${JSON.stringify(attempt)}`, async () => {
    const { context, err } = memoryProcess(server(failed(attempt)));
    assert.equal(await runCli(["do", "false"], context), code);
    assert.equal(err(), "do#3 failed in 2.0s: task do failed\n");
  });
}

test("options of the command behind -- are its own; its words reach it unchanged", async () => {
  const { ports, calls } = server(endedRun());
  const words = ["printf", "%s|", "it's", "a b", "$HOME", "--json", "-n", "", "\\", "*", "é\n!"];
  const argv = ["do", "--env", "A=x y'z", "--timeout", "1h30m", "--", ...words];
  assert.equal(await runCli(argv, memoryProcess({ ports }).context), 0);
  const [[name, params]] = calls.submitted as [[string, { command: string }]];
  assert.equal(name, "do-1h30m");
  const script = params.command.replace(/exec printf/, "printf '%s|' \"$A\"; exec printf");
  const printed = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  assert.equal(printed, ["x y'z", ...words.slice(2)].join("|") + "|");
});

test("a pipeline of that name that do did not make is left alone", async () => {
  const { ports, calls } = server(endedRun(), { labels: { team: "data" } });
  const { context, err } = memoryProcess({ ports });
  assert.equal(await runCli(["do", "--name", "backup", "ls"], context), 4);
  assert.match(err(), /backup is a pipeline that `errand do` did not make: choose another --name/);
  assert.deepEqual(calls, { applied: [], submitted: [], cancelled: [] });
});

test("Ctrl-C cancels the run, a second one by force, a third one leaves at once", async () => {
  const { fake, calls } = server(failed({ exitCode: 143 }));
  const process = memoryProcess({
    ports: fakePorts({
      ...fake,
      runs: {
        ...fake.runs,
        follow: async function* () {
          process.interrupt();
          process.interrupt();
          assert.throws(() => process.interrupt(), /exit\(1\)/);
          yield await Promise.resolve(failed({ exitCode: 143 }));
        },
      },
    }),
  });
  assert.equal(await runCli(["do", "sleep", "9"], process.context), 143);
  assert.deepEqual(calls.cancelled, [{ force: false }, { force: true }]);
  assert.equal(process.exited(), 1);
});
