import { equal } from "node:assert/strict";
import { refused } from "./refused.ts";
import type { CaseList } from "./scheduler-case.ts";

/** Fencing: what was stopped or removed is not started, and a server that was replaced is refused. */
export const fenceCases: CaseList = ({ workloads, traits }) => {
  if (traits.fence === "none") return [];
  const trait = `fence:${traits.fence}`;
  const stops = traits.stop !== "none";
  return [
    {
      name: "a start after the stop of an id never seen is fenced",
      trait,
      async body(trial) {
        const spec = trial.spec(workloads.exit(0));
        await trial.stop({ spec, handle: "" }, 0);
        await refused(trial.scheduler.start(spec, trial.signal), "fenced");
        await trial.stop({ spec, handle: "" }, 0);
        await refused(trial.scheduler.start(spec, trial.signal), "fenced");
      },
    },
    {
      name: "a new generation remembers the stop of an id never seen",
      trait,
      async body(trial) {
        const spec = trial.spec(workloads.exit(0));
        await trial.stop({ spec, handle: "" }, 0);
        await trial.reopen();
        await refused(trial.scheduler.start(spec, trial.signal), "fenced");
      },
    },
    ...(stops
      ? [{
        name: "a start after a stop is fenced, also after the exit",
        trait,
        async body(trial: Parameters<ReturnType<CaseList>[number]["body"]>[0]) {
          const run = await trial.startReady(workloads.untilStopped());
          await trial.stop(run, 0);
          await refused(trial.scheduler.start(run.spec, trial.signal), "fenced");
          await trial.exitOf(run);
          await refused(trial.scheduler.start(run.spec, trial.signal), "fenced");
        },
      }]
      : []),
    {
      name: "a start after remove is fenced",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.exit(0));
        await trial.remove(run);
        await refused(trial.scheduler.start(run.spec, trial.signal), "fenced");
      },
    },
    {
      name: "a new generation remembers what was removed",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.exit(0));
        await trial.remove(run);
        await trial.remove(run);
        await trial.reopen();
        await refused(trial.scheduler.start(run.spec, trial.signal), "fenced");
      },
    },
    {
      name: "a fence of one id is none for another",
      trait,
      async body(trial) {
        await trial.stop({ spec: trial.spec(workloads.exit(0)), handle: "" }, 0);
        equal((await trial.run(workloads.exit(3))).exit.exitCode, 3);
      },
    },
    {
      name: "start with an older epoch is fenced",
      trait,
      async body(trial) {
        trial.epoch = 7;
        await trial.run(workloads.exit(0));
        const old = trial.spec(workloads.exit(0), { epoch: 6 });
        await refused(trial.scheduler.start(old, trial.signal), "fenced");
        equal((await trial.list()).has(old.attemptId), false, "it was started all the same");
      },
    },
    {
      name: "stop with an older epoch is fenced, and stops nothing",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        trial.epoch = 7;
        await trial.list();
        trial.epoch = 6;
        await refused(trial.stop(run, 0), "fenced");
        trial.epoch = 7;
        equal((await trial.list()).get(run.spec.attemptId)?.state, "running");
      },
    },
    {
      name: "watch with an older epoch is fenced",
      trait,
      async body(trial) {
        trial.epoch = 7;
        await trial.list();
        trial.epoch = 6;
        await refused(trial.watch(""), "fenced");
      },
    },
    {
      name: "remove with an older epoch is fenced, and removes nothing",
      trait,
      async body(trial) {
        trial.epoch = 7;
        const run = await trial.run(workloads.exit(0));
        trial.epoch = 6;
        await refused(trial.remove(run), "fenced");
        trial.epoch = 7;
        equal((await trial.list()).get(run.spec.attemptId)?.state, "exited");
      },
    },
    {
      name: "a new generation remembers the epoch, and takes the same and a higher one",
      trait,
      async body(trial) {
        trial.epoch = 7;
        await trial.run(workloads.exit(0));
        await trial.reopen();
        const old = trial.spec(workloads.exit(0), { epoch: 6 });
        await refused(trial.scheduler.start(old, trial.signal), "fenced");
        await trial.run(workloads.exit(0));
        trial.epoch = 8;
        await trial.run(workloads.exit(0));
      },
    },
  ];
};
