import { equal, notEqual, ok } from "node:assert/strict";
import type { CaseList, SchedulerCase } from "./scheduler-case.ts";

/** `stop`: asks first, then kills; the grace only ever shrinks. */
export const stopCases: CaseList = ({ workloads, traits }) => {
  if (traits.stop === "none") return [];
  const trait = `stop:${traits.stop}`;
  return [
    {
      name: "grace 0 kills at once",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.ignoreTerm?.() ?? workloads.untilStopped());
        const orderedAtMs = performance.now();
        await trial.stop(run, 0);
        const exit = await trial.exitOf(run);
        notEqual(exit.exitCode, 0);
        ok(performance.now() - orderedAtMs < 10_000, "the kill took more than 10 s");
      },
    },
    {
      name: "a repeated stop is accepted, also after the exit",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        await Promise.all([trial.stop(run, 500), trial.stop(run, 500)]);
        const exit = await trial.exitOf(run);
        await trial.stop(run, 500);
        await trial.stop(run, 0);
        const listed = (await trial.list()).get(run.spec.attemptId);
        equal(listed?.exit?.finishedAtMs, exit.finishedAtMs);
      },
    },
    {
      name: "a stop after the exit changes nothing of it",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.exit(3));
        await trial.stop(run, 0);
        const listed = (await trial.list()).get(run.spec.attemptId);
        equal(listed?.exit?.exitCode, 3);
        equal(listed?.exit?.cause, "exited");
      },
    },
    {
      name: "stop works with an empty handle",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        await trial.stop({ ...run, handle: "" }, 0);
        await trial.exitOf(run);
      },
    },
    {
      name: "a new generation stops what an earlier one started",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        await trial.reopen();
        await trial.stop(run, 0);
        await trial.exitOf(run);
      },
    },
    {
      name: "a stop while the start is under way leaves nothing running",
      trait,
      async body(trial) {
        const spec = trial.spec(workloads.untilStopped());
        const start = trial.scheduler.start(spec, trial.signal).then(
          () => true,
          () => false,
        );
        await trial.stop({ spec, handle: "" }, 0);
        if (await start) await trial.exitOf({ spec, handle: "" });
        const listed = (await trial.list()).get(spec.attemptId);
        ok(listed === undefined || listed.state === "exited", `it is ${listed?.state}`);
      },
    },
    ...(traits.stop === "graceful" ? gracefulCases(workloads) : []),
  ];
};

function gracefulCases(
  { exitOnTerm, ignoreTerm }: Parameters<CaseList>[0]["workloads"],
): readonly SchedulerCase[] {
  const trait = "stop:graceful";
  if (!exitOnTerm || !ignoreTerm) return [];
  return [
    {
      name: "a stop asks first: the attempt may end by itself",
      trait,
      async body(trial) {
        const run = await trial.startReady(exitOnTerm(7));
        await trial.stop(run, 20_000);
        const exit = await trial.exitOf(run);
        equal(exit.exitCode, 7, exit.message);
        equal(exit.cause, "exited");
      },
    },
    {
      name: "a stop that is ignored kills after the grace, not before",
      trait,
      async body(trial) {
        const run = await trial.startReady(ignoreTerm());
        const orderedAtMs = performance.now();
        await trial.stop(run, 700);
        const exit = await trial.exitOf(run);
        const tookMs = performance.now() - orderedAtMs;
        equal(exit.signal, "SIGKILL");
        equal(exit.cause, "signalled");
        ok(tookMs >= 650, `it was killed after ${tookMs} ms of a grace of 700 ms`);
      },
    },
    {
      name: "stop answers when it is accepted, not when the attempt has ended",
      trait,
      async body(trial) {
        const run = await trial.startReady(ignoreTerm());
        const orderedAtMs = performance.now();
        await trial.stop(run, 20_000);
        ok(performance.now() - orderedAtMs < 10_000, "stop waited for the end");
        await trial.stop(run, 0);
        await trial.exitOf(run);
      },
    },
    {
      name: "a repeat may shorten the grace",
      trait,
      async body(trial) {
        const run = await trial.startReady(ignoreTerm());
        const orderedAtMs = performance.now();
        await trial.stop(run, 60_000);
        await trial.stop(run, 200);
        await trial.exitOf(run);
        ok(performance.now() - orderedAtMs < 15_000, "the shorter grace was ignored");
      },
    },
    {
      name: "a repeat never lengthens the grace",
      trait,
      async body(trial) {
        const run = await trial.startReady(ignoreTerm());
        const orderedAtMs = performance.now();
        await trial.stop(run, 500);
        await trial.stop(run, 60_000);
        await trial.exitOf(run);
        ok(performance.now() - orderedAtMs < 15_000, "the repeat made the grace longer");
      },
    },
    {
      name: "the grace goes on while a new generation takes over",
      trait,
      async body(trial) {
        const run = await trial.startReady(ignoreTerm());
        await trial.stop(run, 500);
        await trial.reopen();
        equal((await trial.exitOf(run)).signal, "SIGKILL");
      },
    },
  ];
}
