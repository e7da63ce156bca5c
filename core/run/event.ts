import type { Exit } from "../kernel/scheduler.ts";
import type { RetryCause } from "../pipeline/mod.ts";
import type { Run } from "./state.ts";

/** Something that happened to a run. Whatever is not pure (time, chance) arrives in here. */
export type RunEvent =
  /** The scheduler instance of a queued task has a slot for it. */
  | { readonly type: "granted"; readonly task: number; readonly nowMs: number }
  /** The attempt leaves the gate: from here its start limit counts. */
  | {
    readonly type: "opened";
    readonly task: number;
    readonly n: number;
    readonly nowMs: number;
  }
  /** The scheduler has durably accepted the attempt. */
  | {
    readonly type: "accepted";
    readonly task: number;
    readonly n: number;
    readonly handle: string;
  }
  /** The scheduler saw it running. */
  | { readonly type: "running"; readonly task: number; readonly n: number; readonly nowMs: number }
  /** It ended. `refusedOutputs` says why its outputs may not be kept (they contain a secret). */
  | {
    readonly type: "exited";
    readonly task: number;
    readonly n: number;
    readonly exit: Exit;
    readonly refusedOutputs?: string;
    readonly nowMs: number;
    readonly random: number;
  }
  /** It could not be handed to the scheduler, and never will be under this id. */
  | {
    readonly type: "unstartable";
    readonly task: number;
    readonly n: number;
    readonly reason: string;
    readonly message: string;
    /** What `retry.causes` calls it; absent = never tried again. */
    readonly cause?: RetryCause;
    readonly nowMs: number;
    readonly random: number;
  }
  /** A stop reached it before its start did: it never ran. */
  | {
    readonly type: "withdrawn";
    readonly task: number;
    readonly n: number;
    readonly nowMs: number;
  }
  /** The scheduler does not know it any more, and cannot say how it ended. */
  | {
    readonly type: "lost";
    readonly task: number;
    readonly n: number;
    readonly message: string;
    /** False where a second start could overlap with the first. */
    readonly retryable: boolean;
    readonly nowMs: number;
    readonly random: number;
  }
  /** The delay before the next try is over. */
  | { readonly type: "due"; readonly task: number; readonly n: number; readonly nowMs: number }
  /** A limit of a task passed. For `queue`, `n` is the try that waits. */
  | {
    readonly type: "limit";
    readonly limit: "queue" | "start" | "run";
    readonly task: number;
    readonly n: number;
    readonly nowMs: number;
  }
  /** The run's own limit passed. */
  | { readonly type: "run_limit"; readonly nowMs: number }
  /** Somebody asked for its end. */
  | {
    readonly type: "cancel";
    readonly force: boolean;
    readonly by: string;
    readonly nowMs: number;
  }
  /** Its rows cannot be stored: it ends as failed, whatever it was doing. */
  | { readonly type: "poisoned"; readonly message: string; readonly nowMs: number };

/** A limit or delay of a run (`task` -1) or one try of a task. */
export interface Timer {
  readonly kind: "queue" | "start" | "run" | "due" | "run_limit";
  readonly task: number;
  readonly n: number;
  /** When it began to count, in epoch ms: a restarted server subtracts what has passed. */
  readonly sinceMs: number;
  readonly durationMs: number;
}

/** What is to be done once the transition is durable (`offer` and `release` at once: they touch memory only). */
export type Command =
  /** The task wants a slot. A repeat is harmless. */
  | { readonly type: "offer"; readonly task: number }
  /** The attempt holds its slot no longer. */
  | { readonly type: "release"; readonly task: number; readonly n: number }
  | { readonly type: "start"; readonly task: number; readonly n: number }
  | { readonly type: "stop"; readonly task: number; readonly n: number; readonly graceMs: number }
  /** The scheduler may forget the attempt. */
  | { readonly type: "remove"; readonly task: number; readonly n: number }
  | { readonly type: "timer"; readonly timer: Timer }
  /** The run is over: drop it from memory. */
  | { readonly type: "ended" };

/** The answer of a transition. The same `run` object = nothing changed. */
export interface Step {
  readonly run: Run;
  readonly commands: readonly Command[];
}
