import type { Need } from "../pipeline/mod.ts";
import type { RunState, TaskOutcome } from "./state.ts";

const MATCHES: Readonly<Record<Need, readonly TaskOutcome[]>> = {
  success: ["succeeded"],
  failure: ["failed", "timed_out", "lost"],
  notFailed: ["succeeded", "skipped"],
  any: ["succeeded", "failed", "timed_out", "lost", "cancelled", "skipped"],
};

/** The edges table of the pipeline file: does this outcome satisfy that need? There is no other rule. */
export function matchesNeed(need: Need, outcome: TaskOutcome, allowFailure: boolean): boolean {
  if (MATCHES[need].includes(outcome)) return true;
  return need === "success" && allowFailure && isFailure(outcome);
}

/** True for the outcomes that fail a run. */
export function isFailure(outcome: TaskOutcome): boolean {
  return MATCHES.failure.includes(outcome);
}

/** How a run ends, from what ended it and the outcomes of its tasks (`after` tasks never count). */
export function runOutcome(
  ending: "cancel" | "run_timeout" | undefined,
  tasks: readonly { readonly outcome: TaskOutcome; readonly allowFailure: boolean }[],
): RunState {
  if (ending === "cancel") return "cancelled";
  if (ending === "run_timeout") return "timed_out";
  return tasks.some((t) => isFailure(t.outcome) && !t.allowFailure) ? "failed" : "succeeded";
}
