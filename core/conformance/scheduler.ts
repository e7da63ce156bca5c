import type { ConformanceCase } from "./case.ts";
import { endingCases } from "./scheduler/ending-cases.ts";
import { environmentCases } from "./scheduler/environment-cases.ts";
import { execCases } from "./scheduler/exec-cases.ts";
import { fenceCases } from "./scheduler/fence-cases.ts";
import { frameCases } from "./scheduler/frame-cases.ts";
import { listingCases } from "./scheduler/listing-cases.ts";
import { logCases } from "./scheduler/log-cases.ts";
import { outputCases } from "./scheduler/output-cases.ts";
import { pulledLogCases } from "./scheduler/pulled-log-cases.ts";
import { removeCases } from "./scheduler/remove-cases.ts";
import type { SchedulerCase } from "./scheduler/scheduler-case.ts";
import { startCases } from "./scheduler/start-cases.ts";
import { stopCases } from "./scheduler/stop-cases.ts";
import type { SchedulerSubject } from "./scheduler/subject.ts";
import { Trial } from "./scheduler/trial.ts";
import { watchCases } from "./scheduler/watch-cases.ts";
import { workspaceCases } from "./scheduler/workspace-cases.ts";

/**
 * What `core/kernel/scheduler.ts` says, as cases for one scheduler: every sentence that can be
 * tried from outside, as far as its traits declare it. Each case opens a scheduler of its own and
 * closes it, whatever happened; they may run at the same time.
 */
export function schedulerCases(subject: SchedulerSubject): readonly ConformanceCase[] {
  return LISTS.flatMap((list) => list(subject)).map((it) => onOwnGround(subject, it));
}

const LISTS = [
  startCases,
  endingCases,
  environmentCases,
  workspaceCases,
  outputCases,
  logCases,
  frameCases,
  pulledLogCases,
  stopCases,
  fenceCases,
  listingCases,
  watchCases,
  removeCases,
  execCases,
];

function onOwnGround(subject: SchedulerSubject, it: SchedulerCase): ConformanceCase {
  return {
    name: it.name,
    trait: it.trait,
    async run(signal) {
      const ground = await subject.open(signal);
      try {
        await it.body(new Trial(subject, ground, signal));
      } catch (reason) {
        // what the case found matters more than what its remains do to the closing
        await ground.close().catch(() => {});
        throw reason;
      }
      await ground.close();
    },
  };
}
