import type { Run, Task } from "../run/mod.ts";
import type { PublicEvent } from "./service.ts";

/** What followers are told of the step from one stored state to the next: JSON texts without ids, in order. */
export function publicEvents(before: Run | undefined, after: Run, nowMs: number): string[] {
  const events: string[] = [];
  const at = new Date(nowMs).toISOString();
  const base = {
    namespace: after.namespace,
    runId: String(after.id),
    pipeline: after.pipeline,
    number: after.number,
  };
  const runChanged = before?.state !== after.state;
  const runEvent = () => {
    const reason = after.reason ? { reason: after.reason.reason } : {};
    events.push(JSON.stringify({ type: "run", ...base, state: after.state, ...reason, at }));
  };
  // a run starts before its tasks do, and ends after them
  if (runChanged && after.finishedAtMs === undefined) runEvent();
  after.tasks.forEach((task, i) => {
    const old = before?.tasks[i];
    if (old === task || sameMoment(old, task)) return;
    const reason = task.reason ? { reason: task.reason.reason } : {};
    events.push(JSON.stringify({
      type: "task",
      ...base,
      task: after.definition.tasks[i]!.name,
      attempt: task.attempts.length,
      state: task.state,
      ...reason,
      at,
    }));
  });
  if (runChanged && after.finishedAtMs !== undefined) runEvent();
  return events;
}

/** A public event out of its stored text and its id. */
export function parsePublicEvent(id: number, text: string): PublicEvent {
  return { id, ...JSON.parse(text) as Omit<PublicEvent, "id"> };
}

function sameMoment(old: Task | undefined, task: Task): boolean {
  return old
    ? old.state === task.state && old.attempts.length === task.attempts.length
    : task.state === "blocked";
}
