import type { Journal, JournalRow } from "../kernel/journal.ts";
import type { AttemptSpec, Scheduler, SchedulerTraits } from "../kernel/scheduler.ts";
import type { Run } from "../run/mod.ts";

/** Cancels a timer; after it has fired it does nothing. */
export type CancelTimer = () => void;

/** Time and chance, as the engine asks for them: real ones, or a simulation's. */
export interface EngineClock {
  /** Wall clock, epoch ms: for records only. */
  nowMs(): number;
  /** Calls `fire` after `ms` of monotonic time. */
  setTimer(ms: number, fire: () => void): CancelTimer;
  /** In [0, 1). */
  random(): number;
}

/** One scheduler instance, ready for use. */
export interface SchedulerInstance {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly traits: SchedulerTraits;
  /** Attempts at once. */
  readonly slots: number;
}

/** An attempt ready to be started, with the secret values in it, which are kept in memory only. */
export interface PreparedAttempt {
  readonly spec: AttemptSpec;
  readonly secretValues: readonly string[];
}

/** An attempt cannot be specified, and a repeat would find the same. */
export class Unprepared extends Error {
  readonly _tag = "Unprepared" as const;
  readonly reason: "expression" | "secret";

  constructor(reason: "expression" | "secret", message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Makes the specification of an attempt. */
export interface AttemptPreparer {
  /**
   * @throws {Unprepared} what is missing or wrong, in words; the attempt then fails before it starts.
   * @throws whatever else went wrong: it counts as infrastructure
   */
  prepare(
    run: Run,
    at: { readonly task: number; readonly n: number },
  ): PreparedAttempt | Promise<PreparedAttempt>;
}

/** What the engine works with. */
export interface EnginePorts {
  readonly journal: Journal;
  readonly clock: EngineClock;
  readonly schedulers: readonly SchedulerInstance[];
  /** The lease epoch of this server. */
  readonly epoch: number;
  readonly preparer: AttemptPreparer;
  /** The highest run id in the store: ids only rise, even under a clock that was put back. */
  readonly lastRunId: number;
  /** `<namespace>/<pipeline>` → its highest run number. */
  readonly lastNumbers: ReadonlyMap<string, number>;
  /** The row that makes an idempotency key answer this run. */
  idempotencyRow(entry: {
    readonly namespace: string;
    readonly key: string;
    readonly bodyHash: string;
    readonly runId: number;
    readonly number: number;
    readonly atMs: number;
  }): JournalRow;
  /** Called once a run's end is durable. */
  readonly ended?: (run: Run) => void;
  /** A fault of ours, after which nothing can be trusted: the process must end. */
  fault(error: Error): void;
  /** Says to the server's log what went wrong. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}
