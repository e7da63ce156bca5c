import type { SchedulerSubject } from "./subject.ts";
import type { Trial } from "./trial.ts";

/** A case, still without a scheduler to try it on. */
export interface SchedulerCase {
  readonly name: string;
  readonly trait: string;
  body(trial: Trial): Promise<void>;
}

/** The cases about one part of the contract, as far as the subject declares it. */
export type CaseList = (subject: SchedulerSubject) => readonly SchedulerCase[];
