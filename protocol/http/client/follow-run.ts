import type { RunEvent } from "../event.ts";
import type { LogEvent } from "../log.ts";
import type { Run } from "../run.ts";
import { mergeIterables } from "./merge-iterables.ts";

/** A change of a task, as `errand run --follow --json` prints it. */
export interface TaskChange {
  readonly type: "task";
  readonly task: string;
  /** From 1; 0 when no attempt was made. */
  readonly attempt: number;
  readonly state: string;
  readonly reason?: string;
}

/** What following a run yields: logs and changes as they come, the ended run last. */
export type FollowItem = LogEvent | TaskChange | Run;

/** A mark or an event of the stream of events. */
export type StreamEvent =
  | RunEvent
  | { readonly type: "open" | "reset"; readonly id: string; readonly message?: string };

/** The calls that following is made of, for one run. */
export interface FollowSource {
  get(signal?: AbortSignal): Promise<Run>;
  events(signal?: AbortSignal): AsyncIterable<StreamEvent>;
  /** Undefined when logs are not wanted. */
  readonly logs: ((signal?: AbortSignal) => AsyncIterable<LogEvent>) | undefined;
}

/** Follows a run to its end. */
export async function* followRun(
  source: FollowSource,
  signal?: AbortSignal,
): AsyncGenerator<FollowItem, void, undefined> {
  const changes = taskChanges(source, signal);
  const parts: AsyncIterable<LogEvent | TaskChange>[] = [changes];
  if (source.logs) parts.push(source.logs(signal));
  yield* mergeIterables(parts);
  if (!signal?.aborted) yield await source.get(signal);
}

/**
 * The changes of a run's tasks until it has ended. A state that was read and the events around it
 * may overlap: only what is further than all before it is told, so nothing comes twice or late.
 */
async function* taskChanges(
  source: FollowSource,
  signal?: AbortSignal,
): AsyncGenerator<TaskChange, void, undefined> {
  const seen = new Map<string, number>();
  let known = false;
  const advances = (change: TaskChange): boolean => {
    const place = change.attempt * 10 + rank(change.state);
    if (place <= (seen.get(change.task) ?? 0)) return false;
    seen.set(change.task, place);
    return true;
  };
  for await (const event of source.events(signal)) {
    if (event.type === "reset" || (event.type === "open" && !known)) {
      known = true;
      const run = await source.get(signal);
      for (const task of run.tasks) {
        const change = changeOf({
          task: task.name,
          attempt: task.attempts.length,
          state: task.state,
          reason: task.reason,
        });
        if (advances(change)) yield change;
      }
      if (run.finishedAt !== null) return;
    } else if (event.type === "task") {
      const change = changeOf(event);
      if (advances(change)) yield change;
    } else if (event.type === "run" && event.state !== "queued" && event.state !== "running") {
      return;
    }
  }
}

function changeOf(
  from: {
    readonly task: string;
    readonly attempt: number;
    readonly state: string;
    readonly reason?: string | undefined;
  },
): TaskChange {
  const { task, attempt, state, reason } = from;
  return { type: "task", task, attempt, state, ...(reason === undefined ? {} : { reason }) };
}

/** The order of a task's states for one count of attempts: a retry waits and queues behind its attempt. */
function rank(state: string): number {
  const order = ["blocked", "starting", "running", "waiting", "queued"].indexOf(state);
  return order < 0 ? 9 : order;
}
