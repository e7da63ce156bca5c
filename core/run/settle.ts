import { evaluateCondition, planPipeline } from "../pipeline/mod.ts";
import { Draft, isLive } from "./draft.ts";
import { matchesNeed } from "./edges.ts";
import { mainOutcome, outcomeReason } from "./outcome.ts";
import { scopeOf } from "./scope.ts";
import { isEnded, type Reason } from "./state.ts";

/** After tasks ended: opens or skips what waited for them, begins `after`, ends the run when nothing is left. */
export function settle(draft: Draft): void {
  openTasks(draft, false);
  if (!draft.run.afterPhase && allEnded(draft, false)) beginAfter(draft);
  if (draft.run.afterPhase) openTasks(draft, true);
  if (allEnded(draft, false) && allEnded(draft, true)) endRun(draft);
  else offerWithinParallelism(draft);
}

/** Makes a task ready: it waits for a slot from now. */
export function queueTask(draft: Draft, index: number): void {
  const { dueAtMs: _due, ...task } = draft.tasks[index]!;
  draft.setTask(index, { ...task, state: "queued", queuedAtMs: draft.nowMs });
  const { queueMs } = draft.run.definition.tasks[index]!.timeout;
  if (queueMs > 0) {
    draft.command({
      type: "timer",
      timer: {
        kind: "queue",
        task: index,
        n: task.attempts.length + 1,
        sinceMs: draft.nowMs,
        durationMs: queueMs,
      },
    });
  }
  if (draft.run.definition.parallelism === 0) draft.command({ type: "offer", task: index });
}

/** With a `parallelism`, only as many queued tasks as may start now are offered; a repeat is harmless. */
export function offerWithinParallelism(draft: Draft): void {
  const { parallelism } = draft.run.definition;
  if (parallelism === 0) return;
  let room = parallelism - draft.tasks.filter(isLive).length;
  for (let i = 0; i < draft.tasks.length && room > 0; i++) {
    if (draft.tasks[i]!.state !== "queued") continue;
    draft.command({ type: "offer", task: i });
    room--;
  }
}

function allEnded(draft: Draft, after: boolean): boolean {
  return draft.tasks.every((t, i) =>
    draft.run.definition.tasks[i]!.after !== after || isEnded(t.state)
  );
}

function openTasks(draft: Draft, after: boolean): void {
  const { definition } = draft.run;
  const plan = planPipeline(definition);
  for (let again = true; again;) {
    again = false;
    for (let i = 0; i < definition.tasks.length; i++) {
      if (definition.tasks[i]!.after !== after || draft.tasks[i]!.state !== "blocked") continue;
      const verdict = judgeNeeds(draft, plan.needs[i]!);
      if (verdict === "wait") continue;
      if (verdict !== "ready") draft.endTask(i, "skipped", verdict);
      else openTask(draft, i);
      again = again || isEnded(draft.tasks[i]!.state);
    }
  }
}

function openTask(draft: Draft, index: number): void {
  const { when } = draft.run.definition.tasks[index]!;
  if (when !== "") {
    try {
      if (!evaluateCondition(when, scopeOf(draft.run))) {
        return draft.endTask(index, "skipped", { reason: "when", message: `${when} was false` });
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return draft.endTask(index, "failed", { reason: "expression", message: `when: ${message}` });
    }
  }
  queueTask(draft, index);
}

function judgeNeeds(
  draft: Draft,
  needs: ReturnType<typeof planPipeline>["needs"][number],
): "wait" | "ready" | Reason {
  let waiting = false;
  for (const { task, need } of needs) {
    const { state } = draft.tasks[task]!;
    const { name, allowFailure } = draft.run.definition.tasks[task]!;
    if (!isEnded(state)) waiting = true;
    else if (!matchesNeed(need, state, allowFailure)) {
      return { reason: "need", message: `needs ${name}: ${need}, but it ${SAYS[state]}` };
    }
  }
  return waiting ? "wait" : "ready";
}

const SAYS = {
  succeeded: "succeeded",
  failed: "failed",
  timed_out: "timed out",
  lost: "was lost",
  cancelled: "was cancelled",
  skipped: "was skipped",
} as const;

function beginAfter(draft: Draft): void {
  draft.change({ afterPhase: true });
  const started = draft.tasks.some((t) => t.attempts.length > 0);
  const reason: Reason | undefined = !started
    ? { reason: "never_started", message: "no task of the run ever started" }
    : draft.run.ending?.force
    ? { reason: "forced", message: "the run was cancelled by force" }
    : undefined;
  if (!reason) return;
  draft.run.definition.tasks.forEach((definition, i) => {
    if (definition.after) draft.endTask(i, "skipped", reason);
  });
}

function endRun(draft: Draft): void {
  const reason = outcomeReason(draft.run);
  draft.change({
    state: mainOutcome(draft.run),
    finishedAtMs: draft.nowMs,
    ...(reason ? { reason } : {}),
  });
  draft.command({ type: "ended" });
  draft.tasks.forEach((task, i) => {
    for (const { n } of task.attempts) draft.command({ type: "remove", task: i, n });
  });
}
