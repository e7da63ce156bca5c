import { equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList } from "./scheduler-case.ts";
import type { Trial } from "./trial.ts";

/** `start`: once, whatever is repeated. */
export const startCases: CaseList = ({ workloads, kind, traits }) => [
  {
    name: `start runs work of the kind ${kind}`,
    trait: `kinds:${kind}`,
    async body(trial) {
      const { exit, handle } = await trial.run(workloads.exit(0));
      equal(exit.exitCode, 0, exit.message);
      equal(exit.cause, "exited");
      ok(Buffer.byteLength(handle) <= 4_096, "a handle is at most 4 KiB");
    },
  },
  {
    name: "a second start of an id answers the first's handle while it runs",
    trait: "contract",
    async body(trial) {
      const { spec, handle } = await trial.startReady(workloads.untilStopped());
      const again = await trial.scheduler.start(spec, trial.signal);
      equal(again.handle, handle);
    },
  },
  {
    name: "a second start of an id answers the first's handle whatever else differs",
    trait: "contract",
    async body(trial) {
      const first = await trial.start(workloads.exit(3));
      const other = { ...trial.spec(workloads.exit(5)), attemptId: first.spec.attemptId };
      equal((await trial.scheduler.start(other, trial.signal)).handle, first.handle);
      equal((await trial.exitOf(first)).exitCode, 3, "the second start replaced the first");
    },
  },
  {
    name: "a start of an attempt that has exited does not run it again",
    trait: "contract",
    async body(trial) {
      const first = await trial.run(workloads.exit(3));
      const again = await trial.scheduler.start(first.spec, trial.signal);
      equal(again.handle, first.handle);
      const change = (await trial.list()).get(first.spec.attemptId);
      equal(change?.state, "exited");
      equal(change?.exit?.finishedAtMs, first.exit.finishedAtMs, "it ran a second time");
    },
  },
  {
    name: "starts of one id at the same time run it once",
    trait: "contract",
    async body(trial) {
      const spec = trial.spec(workloads.print(Buffer.from("once\n"), Buffer.from("")));
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => trial.scheduler.start(spec, trial.signal)),
      );
      const handles = new Set(answers.map((it) => it.handle));
      equal(handles.size, 1, `one id has the handles ${[...handles].join(", ")}`);
      const started = { spec, handle: answers[0]!.handle };
      await trial.exitOf(started);
      equal((await trial.list()).size, 1);
      if (traits.logs !== "none") {
        equal((await trial.wholeLog(started)).out.toString(), "once\n");
      }
    },
  },
  {
    name: "starts of different ids at the same time all run",
    trait: "contract",
    async body(trial) {
      const codes = [0, 1, 2, 3, 4, 5, 6, 7];
      const runs = await Promise.all(codes.map((code) => trial.start(workloads.exit(code))));
      for (const [i, run] of runs.entries()) equal((await trial.exitOf(run)).exitCode, codes[i]);
    },
  },
  {
    name: "a new generation answers a repeated start with the first's handle",
    trait: "contract",
    async body(trial) {
      const { spec, handle } = await trial.startReady(workloads.untilStopped());
      await trial.reopen();
      equal((await trial.scheduler.start(spec, trial.signal)).handle, handle);
    },
  },
  {
    name: "an aborted start settles at once, and its repeat runs the attempt once",
    trait: "contract",
    async body(trial) {
      const spec = trial.spec(workloads.exit(3));
      await settledWhenAborted(trial, (signal) => trial.scheduler.start(spec, signal));
      const { handle } = await trial.scheduler.start(spec, trial.signal);
      equal((await trial.exitOf({ spec, handle })).exitCode, 3);
      equal((await trial.list()).size, 1);
    },
  },
];

/** Whether the call was in time to be accepted or not: it must not hang, and may only fail as cancelled. */
async function settledWhenAborted(
  trial: Trial,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const given = new AbortController();
  const settled = call(given.signal).then(() => undefined, (reason: unknown) => reason);
  given.abort();
  const late = new Promise((resolve) => {
    const timer = setTimeout(resolve, 5_000, "late");
    trial.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    void settled.then(() => clearTimeout(timer));
  });
  ok(await Promise.race([settled, late]) !== "late", "it went on for 5 s after the abort");
}
