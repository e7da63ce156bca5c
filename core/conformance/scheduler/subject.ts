import type { LogFrame } from "../../../protocol/log-frames.ts";
import type { AttemptSpec, Scheduler, SchedulerTraits } from "../../kernel/scheduler.ts";

/** The scheduler that is tried, as its author puts it up for trial. */
export interface SchedulerSubject {
  /** What it declares of itself. */
  readonly traits: SchedulerTraits;
  /** The kind of work that `workloads` makes; a scheduler of several kinds is tried once a kind. */
  readonly kind: SchedulerTraits["kinds"][number];
  readonly workloads: SchedulerWorkloads;
  /**
   * Names that the backend adds to every environment besides `ERRAND_OUTPUT` and
   * `ERRAND_SUMMARY` (a container engine sets `HOSTNAME`).
   */
  readonly addedEnv: readonly string[];
  /** Opens a configured scheduler where nothing has run yet: an installation of its own. */
  open(signal: AbortSignal): Promise<SchedulerGround>;
  /** True when `readLog` works although `logs` is `frames`; it is then tried too. */
  readonly readsLogs?: boolean;
  /** The complete frames of a log file; default: those of the file at this path. */
  readonly readFrames?: (path: string) => Promise<readonly LogFrame[]>;
}

/** One open scheduler, and what a case needs around it. */
export interface SchedulerGround {
  readonly scheduler: Scheduler;
  /** A new generation over the same backend, which knows nothing but what the backend keeps. */
  reopen(signal: AbortSignal): Promise<Scheduler>;
  /** An attempt id that was never used in this installation. */
  newAttemptId(): string;
  /** An absolute path where nothing is yet, its parent exists; "" where there are no workspaces. */
  newWorkspace(): string;
  /** An absolute path whose folder exists; "" unless `logs` is `frames`. */
  newLogFile(): string;
  /**
   * Ends whatever still runs and closes all generations.
   *
   * @throws {Error} when something is left over: a process, a container, a file.
   */
  close(): Promise<void>;
}

/** What an attempt is to do, as the scheduler's kind of work; it may set more of the specification. */
export type Workload = Pick<AttemptSpec, "work"> & Partial<AttemptSpec>;

/**
 * The programs that the cases run. Those with `?` belong to traits; a declared trait whose program
 * is missing has no case, and so fails.
 */
export interface SchedulerWorkloads {
  /** Ends at once with this exit code. */
  exit(code: number): Workload;
  /** Writes these bytes to standard output and standard error, nothing else, and ends with 0. */
  print(out: Uint8Array, err: Uint8Array): Workload;
  /** Writes `bytes` times the letter `x` to standard output and ends with 0. */
  flood(bytes: number): Workload;
  /** Writes its whole environment to standard output, `NAME=value` a line, and ends with 0. */
  printEnv(): Workload;
  /** Runs until it is stopped, prints `ready\n` first; ends at once on SIGTERM. */
  untilStopped(): Workload;
  /** Prints `ready\n` once it is armed; on SIGTERM it ends by itself with this code. */
  readonly exitOnTerm?: (code: number) => Workload;
  /** Prints `ready\n` once it is armed; ignores SIGTERM and runs on. */
  readonly ignoreTerm?: () => Workload;
  /** Ends itself with SIGKILL. */
  readonly killItself?: () => Workload;
  /** Writes this text to `$ERRAND_OUTPUT` and ends with 0. */
  readonly writeOutputs?: (text: string) => Workload;
  /** Writes `bytes` times the letter `x` to `$ERRAND_OUTPUT` and ends with 0. */
  readonly fillOutputs?: (bytes: number) => Workload;
  /** A program (an image, a module) that does not exist. */
  missing(): Workload;
  /** Prints the absolute path it works in and a line feed. */
  readonly printWorkdir?: (workdir: string) => Workload;
  /** Prints the content of the file that holds this secret. */
  readonly printSecretFile?: (name: string) => Workload;
  /** Requests this URL over HTTP and ends with 0 when the answer is 200. */
  readonly request?: (url: string) => Workload;
  /** For `exec`: an argument vector that copies its standard input and ends with 4. */
  readonly execCat?: () => readonly string[];
}
