/**
 * What the kernel's interfaces mean, as cases that can be run over any implementation. No test
 * runner inside: `runCase` runs one, `summarize` reports.
 *
 * @module
 */
export { type CaseResult, type ConformanceCase, runCase } from "./case.ts";
export { schedulerCases } from "./scheduler.ts";
export type {
  SchedulerGround,
  SchedulerSubject,
  SchedulerWorkloads,
  Workload,
} from "./scheduler/subject.ts";
export { declaredTraits } from "./scheduler/traits.ts";
export { type ConformanceReport, summarize, type TraitReport } from "./summarize.ts";
