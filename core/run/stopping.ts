import { currentAttempt, Draft, isLive } from "./draft.ts";
import type { RunEvent } from "./event.ts";
import { settle } from "./settle.ts";
import { type Attempt, isEnded } from "./state.ts";

/** Ends a run early: nothing new starts, waiting tasks are cancelled, running ones are stopped. */
export function cancelRun(draft: Draft, event: Extract<RunEvent, { type: "cancel" }>): void {
  const { ending, afterPhase } = draft.run;
  const repeated = ending !== undefined && (!event.force || ending.force);
  // the outcome is settled once `after` runs: only force has something left to end
  if (repeated || (afterPhase && !event.force)) return;
  if (!afterPhase) {
    draft.change({
      ending: ending
        ? { ...ending, force: true }
        : { for: "cancel", atMs: draft.nowMs, force: event.force, by: event.by },
    });
  }
  stopTasks(draft, { for: "cancel", force: event.force, after: afterPhase });
  settle(draft);
}

/** The run's own limit: as a cancel, but `after` and what came first stay. */
export function endAtRunLimit(draft: Draft): void {
  if (draft.run.ending || draft.run.afterPhase) return;
  draft.change({
    ending: { for: "run_timeout", atMs: draft.nowMs, force: false, by: "limit" },
  });
  stopTasks(draft, { for: "run_timeout", force: false, after: false });
  settle(draft);
}

/** Orders the stop of a live attempt; a second order can only shorten the grace to nothing. */
export function stopAttempt(
  draft: Draft,
  index: number,
  order: { readonly for: NonNullable<Attempt["stop"]>["for"]; readonly force: boolean },
): void {
  const attempt = currentAttempt(draft.tasks[index]!)!;
  if (attempt.stop && (attempt.stop.force || !order.force)) return;
  const stop = attempt.stop
    ? { ...attempt.stop, force: true }
    : { for: order.for, atMs: draft.nowMs, force: order.force };
  draft.setAttempt(index, { ...attempt, stop });
  draft.command({
    type: "stop",
    task: index,
    n: attempt.n,
    graceMs: order.force ? 0 : draft.run.definition.tasks[index]!.graceMs,
  });
}

function stopTasks(
  draft: Draft,
  order: {
    readonly for: "cancel" | "run_timeout";
    readonly force: boolean;
    readonly after: boolean;
  },
): void {
  draft.tasks.forEach((task, i) => {
    if (draft.run.definition.tasks[i]!.after !== order.after || isEnded(task.state)) return;
    if (isLive(task)) stopAttempt(draft, i, order);
    else {
      draft.endTask(i, "cancelled", {
        reason: order.for === "cancel" ? "cancelled" : "run_timeout",
        message: order.for === "cancel" ? "it was cancelled" : "the run reached its own limit",
      });
    }
  });
}
