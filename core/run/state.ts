import type { JsonValue, Pipeline } from "../pipeline/mod.ts";

/** Where a run is. The last four are terminal. */
export type RunState =
  | "queued"
  | "running"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "timed_out";

/** Where a task is. `waiting` holds no slot (here: its next try is not yet due). The last six are terminal. */
export type TaskState =
  | "blocked"
  | "queued"
  | "starting"
  | "running"
  | "waiting"
  | "succeeded"
  | "failed"
  | "timed_out"
  | "lost"
  | "cancelled"
  | "skipped";

/** The outcomes of an ended task. */
export type TaskOutcome = "succeeded" | "failed" | "timed_out" | "lost" | "cancelled" | "skipped";

/** Where an attempt is: ordered, seen running, or its end is known. */
export type AttemptState =
  | "starting"
  | "running"
  | "succeeded"
  | "failed"
  | "timed_out"
  | "lost"
  | "cancelled";

/** Why something ended as it did: a word for machines and a sentence for people. */
export interface Reason {
  /** `exit`, `signal`, `outputs`, `expression`, `start_failed`, `infrastructure`, `timeout`, `queue_timeout`, `start_timeout`, `run_timeout`, `cancelled`, `need`, `when`, `lost`, `poisoned`, … */
  readonly reason: string;
  readonly message: string;
}

/** One try of a task. */
export interface Attempt {
  /** From 1. */
  readonly n: number;
  readonly state: AttemptState;
  readonly reason?: Reason;
  /** What the scheduler answered; "" until it did. */
  readonly handle: string;
  /** When its task became ready (again), when it got its slot, was seen running, and ended. Epoch ms. */
  readonly queuedAtMs: number;
  readonly startingAtMs: number;
  readonly runningAtMs?: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Set when a stop was ordered: what for, and when. */
  readonly stop?: {
    readonly for: "cancel" | "run_timeout" | "timeout" | "start_timeout";
    readonly atMs: number;
    readonly force: boolean;
  };
}

/** A task of a run. */
export interface Task {
  readonly state: TaskState;
  readonly reason?: Reason;
  /** The last one is the current one. */
  readonly attempts: readonly Attempt[];
  readonly outputs?: Readonly<Record<string, JsonValue>>;
  /** When it became ready, in epoch ms. */
  readonly queuedAtMs?: number;
  /** When its next try is due, while `waiting`. */
  readonly dueAtMs?: number;
}

/** A run, complete: all that `transition` needs. Immutable; unchanged parts are shared. */
export interface Run {
  /** Time-ordered: (ms since 2025-01-01) × 4096 + counter. */
  readonly id: number;
  /** Counts from 1 within the pipeline. */
  readonly number: number;
  readonly namespace: string;
  readonly pipeline: string;
  readonly version: number;
  /** The version's canonical form; stored once per version, not per run. */
  readonly definition: Pipeline;
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Who asked: `user:NAME`, `trigger:…`, `rerun`. */
  readonly initiator: string;
  readonly rerunOf?: number;
  readonly state: RunState;
  readonly reason?: Reason;
  /** True once `after` tasks may run: all others have ended. */
  readonly afterPhase: boolean;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  /** The first recorded of cancel and run limit. */
  readonly ending?: {
    readonly for: "cancel" | "run_timeout";
    readonly atMs: number;
    readonly force: boolean;
    readonly by: string;
  };
  /** Same order as `definition.tasks`. */
  readonly tasks: readonly Task[];
}

/** What a run's tasks are called in attempt ids: `<run>-<taskIndex>-<instance>-<n>`. */
export function attemptId(runId: number, task: number, n: number): string {
  return `${runId}-${task}-0-${n}`;
}

/** The parts of an attempt id, or undefined when it is not one of ours. */
export function parseAttemptId(
  id: string,
): { readonly runId: number; readonly task: number; readonly n: number } | undefined {
  const match = /^(\d{1,16})-(\d{1,6})-(\d{1,6})-(\d{1,6})$/.exec(id);
  if (!match) return undefined;
  return { runId: Number(match[1]), task: Number(match[2]), n: Number(match[4]) };
}

/** True when nothing more happens to a run in this state. */
export function isTerminal(state: RunState): boolean {
  return state !== "queued" && state !== "running";
}

/** True for the outcomes of an ended task. */
export function isEnded(state: TaskState): state is TaskOutcome {
  return state === "succeeded" || state === "failed" || state === "timed_out" || state === "lost" ||
    state === "cancelled" || state === "skipped";
}
