import type { JsonValue, Pipeline } from "../pipeline/mod.ts";

/** What a new run is made of. The caller has checked params against the definition. */
export interface SubmitRequest {
  readonly namespace: string;
  readonly pipeline: string;
  readonly version: number;
  readonly definition: Pipeline;
  readonly params: Readonly<Record<string, JsonValue>>;
  /** `user:NAME`, `rerun`, … */
  readonly initiator: string;
  readonly rerunOf?: number;
  /** Makes a repeat answer the first run for 24 h. */
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
}

/** A change that became durable, as followers see it. JSON, stable: keys may be added. */
export interface PublicEvent {
  /** (group number × 65,536) + index, in decimal; rises. */
  readonly id: number;
  readonly type: "run" | "task";
  readonly namespace: string;
  readonly runId: string;
  readonly pipeline: string;
  readonly number: number;
  /** Present on `task` events. */
  readonly task?: string;
  /** From 1; 0 when no attempt was made. Present on `task` events. */
  readonly attempt?: number;
  readonly state: string;
  readonly reason?: string;
  /** ISO instant. */
  readonly at: string;
}

/** Runs the runs. Everything it answers is durable. */
export interface RunSupervisor {
  /**
   * Accepts a run; resolves once it is durable.
   *
   * @throws {ErrandError} `conflict` for an idempotency key used with another body; `unavailable`
   * while shutting down or without the lease; `full` when the disk is.
   */
  submit(request: SubmitRequest): Promise<{ readonly runId: number; readonly number: number }>;
  /**
   * Asks a run to end; resolves once that is durable. On an ended run it does nothing and says so.
   *
   * @throws {ErrandError} `not_found`
   */
  cancel(request: {
    readonly namespace: string;
    readonly runId: number;
    /** Skips grace and `after`. */
    readonly force: boolean;
    readonly by: string;
  }): Promise<{ readonly changed: boolean }>;
  /** Calls `listener` with the events of each commit, in order, until the answer is called. */
  subscribe(listener: (events: readonly PublicEvent[]) => void): () => void;
  /** Runs in hand and slots in use, for `status`. */
  status(): {
    readonly queuedRuns: number;
    readonly runningRuns: number;
    readonly schedulers: readonly {
      readonly instance: string;
      readonly slots: number;
      readonly busy: number;
      readonly state: "ready" | "degraded" | "down";
      readonly message: string;
    }[];
  };
  /** Stops accepting and lets go of everything; running attempts go on. Idempotent. */
  close(): Promise<void>;
}
