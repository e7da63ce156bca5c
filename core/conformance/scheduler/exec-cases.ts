import { equal, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList } from "./scheduler-case.ts";

/** `exec`: a command beside a running attempt. */
export const execCases: CaseList = ({ workloads, traits }) => {
  const { execCat } = workloads;
  if (!traits.exec || !execCat) return [];
  return [
    {
      name: "exec gives its input, and answers output and exit code",
      trait: "exec",
      async body(trial) {
        const { scheduler, signal } = trial;
        ok(scheduler.exec, "the trait exec is declared, the method is absent");
        const run = await trial.startReady(workloads.untilStopped());
        const ref = { ...run.spec, handle: run.handle };
        const answer = await scheduler.exec(ref, execCat(), Buffer.from("in\0out"), signal);
        equal(Buffer.from(answer.stdout).toString(), "in\0out");
        equal(answer.exitCode, 4);
      },
    },
    {
      name: "exec beside an attempt that has exited is refused",
      trait: "exec",
      async body(trial) {
        const { scheduler, signal } = trial;
        ok(scheduler.exec, "the trait exec is declared, the method is absent");
        const run = await trial.run(workloads.exit(0));
        const ref = { ...run.spec, handle: run.handle };
        await rejects(scheduler.exec(ref, execCat(), Buffer.from(""), signal));
      },
    },
  ];
};
