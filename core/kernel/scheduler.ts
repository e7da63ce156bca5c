import type { Bytes, Json, Problem } from "./plugin.ts";

/** What one scheduler instance can do, declared in `info()`; `apply` refuses a pipeline that needs more. */
export interface SchedulerTraits {
  /** The kinds of work it runs. */
  readonly kinds: readonly ("process" | "image" | "wasm")[];
  /** `node`: only on the machine of this server; `anywhere`: any server reaches the same attempts. */
  readonly reach: "node" | "anywhere";
  /** True when an attempt works in `spec.workspace`, a folder of the server's machine. */
  readonly workspace: boolean;
  /** True when an attempt can reach the server's API. */
  readonly api: boolean;
  /** True when `exec` exists. */
  readonly exec: boolean;
  /** What makes a second start, or a late one, harmless. */
  readonly fence: "backend" | "plugin" | "none";
  /** `frames`: it appends frames to `spec.logFile` itself; `cursor` and `tail`: the host pulls by `readLog`. */
  readonly logs: "frames" | "cursor" | "tail" | "none";
  /** How secrets reach an attempt. */
  readonly secrets: readonly ("env" | "file")[];
  /** What `stop` can do. */
  readonly stop: "graceful" | "forced" | "none";
  /** Largest `Exit.outputs`, in bytes. */
  readonly maxOutputBytes: number;
  /** Largest sum of environment names and values, in bytes. */
  readonly maxEnvBytes: number;
  /** Longest run in milliseconds; 0 = no limit. */
  readonly maxRunMs: number;
}

/** Names one attempt. Every method works with `handle` "" (after a crash between start and its record). */
export interface AttemptRef {
  /** `<run>-<taskIndex>-<instance>-<n>`, of `[0-9-]`, at most 40 bytes. */
  readonly attemptId: string;
  /** What `start` answered; "" when that answer was lost. */
  readonly handle: string;
  /** The lease epoch of the server that asks. One lower than seen before is refused as `fenced`. */
  readonly epoch: number;
}

/** What an attempt does. */
export type Work =
  | {
    readonly kind: "process";
    /** The program and its arguments; at least one element. */
    readonly argv: readonly string[];
    /** Working directory, relative to the workspace; "" = the workspace itself. */
    readonly workdir: string;
  }
  | {
    readonly kind: "image";
    readonly image: string;
    readonly entrypoint: readonly string[];
    readonly argv: readonly string[];
    readonly pull: "missing" | "always" | "never";
    readonly registryAuth: Json;
  }
  | {
    readonly kind: "wasm";
    readonly sha256: string;
    readonly function: string;
    readonly input: Bytes;
    readonly grants: Json;
  };

/** One try of one task, complete: a scheduler needs nothing else to run it. */
export interface AttemptSpec extends AttemptRef {
  /** Labels, never identity. */
  readonly namespace: string;
  readonly pipeline: string;
  readonly task: string;
  readonly work: Work;
  /** The whole environment except `secrets`; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Never logged, stored or listed by the plugin. */
  readonly secrets: readonly {
    readonly name: string;
    readonly value: Bytes;
    readonly as: "env" | "file";
  }[];
  /** Byte strings to mask in the log, all forms expanded; for `frames` schedulers only. */
  readonly redact: readonly Bytes[];
  /** Files of the version, through `Host.readBlob` where `workspace` is "". */
  readonly files: readonly {
    readonly path: string;
    readonly sha256: string;
    readonly bytes: number;
  }[];
  /** An absolute folder that the plugin makes when it is absent; "" = none. */
  readonly workspace: string;
  /** An absolute path whose folder exists; "" = none. */
  readonly logFile: string;
  /** Payload bytes after which the log ends in a marker; 0 = no limit. */
  readonly maxLogBytes: number;
  /** 0 = no limit. `cpu` in cores. */
  readonly limits: { readonly cpu: number; readonly memoryBytes: number; readonly pids: number };
  /** Backstops in milliseconds, 0 = none: the host times too. */
  readonly startMs: number;
  readonly runMs: number;
  readonly graceMs: number;
  /** The task's own settings for this plugin, validated against `taskSchema`. */
  readonly options: Json;
}

/** How an attempt ended. */
export interface Exit {
  readonly cause: "exited" | "signalled" | "oom" | "start_failed" | "evicted" | "deadline";
  /** The exit code; 128 + signal number when signalled; 127 or 126 when it could not be started. */
  readonly exitCode: number;
  /** `SIGKILL`, …; "" when it exited by itself. */
  readonly signal: string;
  /** A sentence for people; "" when the code says it all. */
  readonly message: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Raw content of `$ERRAND_OUTPUT`; core parses it. */
  readonly outputs: Bytes;
  /** True when the content was larger than `maxOutputBytes`. */
  readonly outputsTruncated: boolean;
}

/** What a watch reports of one attempt. */
export interface Change {
  readonly attemptId: string;
  readonly handle: string;
  /** Rises with every change of this attempt. */
  readonly revision: number;
  readonly state: "pending" | "running" | "exited";
  /** Where it runs, for people; "" = here. */
  readonly node: string;
  /** Present exactly when `state` is `exited`. */
  readonly exit?: Exit;
}

/** One page of a watch. */
export interface WatchPage {
  readonly changes: readonly Change[];
  readonly cursor: string;
  /** `more` and `complete`: pages of a full listing; `no`: changes since the cursor. */
  readonly listing: "no" | "more" | "complete";
  /** Wait this long before the next call, in milliseconds. */
  readonly retryAfterMs: number;
}

/** One piece of a log. */
export interface LogChunk {
  readonly stream: "out" | "err";
  readonly atMs: number;
  readonly bytes: Bytes;
  /** The cursor behind this chunk. */
  readonly cursor: string;
}

/** Runs attempts somewhere: a process, a container, a cluster. Any call may be repeated; repeating has the effect of once. */
export interface Scheduler {
  /** Says what is wrong with a task's options, at `apply`; no effect. Absent = nothing to check beyond the schema. */
  readonly check?: (
    task: Json,
    signal: AbortSignal,
  ) => Promise<{ readonly problems: readonly Problem[] }>;

  /**
   * Orders an attempt; resolves once the backend has durably accepted it. A second start of an id
   * answers the first's handle, whatever else differs. A program that cannot be started is no
   * error: the attempt exits with cause `start_failed`. The signal covers waiting only.
   *
   * @throws {PluginError} `fenced` when this id was stopped or removed before, or `epoch` is older
   * than one seen; `unavailable` when the backend cannot be reached (repeat it).
   */
  start(spec: AttemptSpec, signal: AbortSignal): Promise<{ readonly handle: string }>;

  /**
   * Asks the attempt to end (SIGTERM), and kills it after `graceMs`; returns when that is accepted.
   * `graceMs` 0 kills at once; a repeat may shorten the grace, never lengthen it. An id never seen is
   * remembered for at least 24 h: its later start is `fenced`.
   *
   * @throws {PluginError} `fenced` when `epoch` is older than one seen.
   */
  stop(attempt: AttemptRef, graceMs: number, signal: AbortSignal): Promise<void>;

  /**
   * All attempts of this installation. With `cursor` "" or unknown it lists: `more` pages, then one
   * `complete`; afterwards changes, at least once, in any order across attempts. An attempt that
   * exited stays listed until `remove`. Absence means lost only on a complete listing, and only for
   * attempts whose start had resolved before its first page was asked for. Waits up to `waitMs` for
   * a change; may always answer early and empty.
   *
   * @throws {PluginError} `fenced` when `epoch` is older than one seen.
   */
  watch(
    request: {
      readonly cursor: string;
      readonly maxChanges: number;
      readonly waitMs: number;
      readonly epoch: number;
    },
    signal: AbortSignal,
  ): Promise<WatchPage>;

  /**
   * Reads the log from a cursor ("" = its beginning), at most `maxBytes` of payload. `end` is true
   * only when the attempt has exited and all was returned. A cursor past retention answers
   * `gap: true` and goes on from the oldest byte kept.
   *
   * @throws {PluginError} `not_found` for an attempt that is not known; where `logs` is `frames` or
   * `none` it may be `unsupported`.
   */
  readLog(
    attempt: AttemptRef,
    request: { readonly cursor: string; readonly maxBytes: number; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<
    { readonly chunks: readonly LogChunk[]; readonly end: boolean; readonly gap: boolean }
  >;

  /** Frees everything but the fence. Called after outcome and log are durable. Idempotent. */
  remove(attempt: AttemptRef, signal: AbortSignal): Promise<void>;

  /** Runs a command beside a running attempt, one shot, at most 1 MiB each way. */
  readonly exec?: (
    attempt: AttemptRef,
    argv: readonly string[],
    stdin: Bytes,
    signal: AbortSignal,
  ) => Promise<{ readonly exitCode: number; readonly stdout: Bytes; readonly stderr: Bytes }>;
}
