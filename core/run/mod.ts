/**
 * The pure run machine: states, events, records and commands. No clock, no I/O, no randomness.
 *
 * @module
 */
export { createRun, resumeRun } from "./create.ts";
export { isFailure, matchesNeed, runOutcome } from "./edges.ts";
export type { Command, RunEvent, Step, Timer } from "./event.ts";
export { mainOutcome } from "./outcome.ts";
export { changedRows, RUN_COLUMNS, runFromRows } from "./records.ts";
export { retryDelay } from "./retry.ts";
export { scopeOf } from "./scope.ts";
export { type Offer, SlotQueue } from "./slot-queue.ts";
export {
  type Attempt,
  attemptId,
  type AttemptState,
  isEnded,
  isTerminal,
  parseAttemptId,
  type Reason,
  type Run,
  type RunState,
  type Task,
  type TaskOutcome,
  type TaskState,
} from "./state.ts";
export { transition } from "./transition.ts";
