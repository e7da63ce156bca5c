/**
 * The pure run machine: states, events, records and commands. No clock, no I/O, no randomness.
 *
 * @module
 */
export { changedRows, RUN_COLUMNS, runFromRows } from "./records.ts";
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
