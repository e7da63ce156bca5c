import { equal, notEqual, ok } from "node:assert/strict";
import type { Exit } from "../../kernel/scheduler.ts";
import type { CaseList, SchedulerCase } from "./scheduler-case.ts";

/** `Exit`: how an attempt ended. */
export const endingCases: CaseList = ({ workloads }) => [
  ...[1, 42, 255].map((code): SchedulerCase => ({
    name: `the exit code ${code} is reported as it is`,
    trait: "contract",
    async body(trial) {
      const { exit } = await trial.run(workloads.exit(code));
      equal(exit.exitCode, code);
      equal(exit.cause, "exited");
      equal(exit.signal, "");
      checkTimes(exit);
    },
  })),
  {
    name: "a program that does not exist is no error: it exits with start_failed",
    trait: "contract",
    async body(trial) {
      const { exit } = await trial.run(workloads.missing());
      equal(exit.cause, "start_failed");
      ok([126, 127].includes(exit.exitCode), `127 or 126 is wanted, found ${exit.exitCode}`);
      notEqual(exit.message, "", "a sentence for people is wanted");
    },
  },
  ...(workloads.killItself
    ? [
      {
        name: "an attempt that a signal ended says which",
        trait: "contract",
        async body(trial) {
          const { exit } = await trial.run(workloads.killItself!());
          equal(exit.cause, "signalled");
          equal(exit.signal, "SIGKILL");
          equal(exit.exitCode, 128 + 9);
          checkTimes(exit);
        },
      } satisfies SchedulerCase,
    ]
    : []),
  {
    name: "runMs ends an attempt as deadline",
    trait: "contract",
    async body(trial) {
      const { exit } = await trial.run(workloads.untilStopped(), { runMs: 300, graceMs: 200 });
      equal(exit.cause, "deadline");
    },
  },
];

/** 2025-01-01: no clock of a backend is behind it. */
const EARLIEST_MS = 1_735_689_600_000;

function checkTimes(exit: Exit): void {
  ok(exit.startedAtMs > EARLIEST_MS, `startedAtMs ${exit.startedAtMs} is no epoch time in ms`);
  ok(exit.finishedAtMs >= exit.startedAtMs, "it finished before it started");
}
