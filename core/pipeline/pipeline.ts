/** A JSON value, parsed. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a `needs` entry waits for: see the edges table. */
export type Need = "success" | "failure" | "notFailed" | "any";

/** Why an attempt failed, as `retry.causes` names it. */
export type RetryCause = "exit" | "infrastructure" | "timeout" | "outputs";

/** The type of a declared output. */
export type OutputType = "string" | "integer" | "boolean" | "json";

/** One parameter: JSON Schema keywords out of a closed list. */
export interface Param {
  readonly type: "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  /** False when the run may leave it out without a default. */
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly enum?: readonly JsonValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** What a task does. Texts may hold `${{ … }}`. */
export type TaskWork =
  | { readonly kind: "script"; readonly shell: readonly string[]; readonly script: string }
  | { readonly kind: "command"; readonly argv: readonly string[] };

/** How often, when and why a task is tried again. */
export interface RetryPolicy {
  /** All tries, the first included; at least 1. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly backoff: "constant" | "exponential";
  /** 0 = no limit. */
  readonly maxDelayMs: number;
  readonly jitter: boolean;
  readonly causes: readonly RetryCause[];
}

/** One task in canonical form: every default filled in. */
export interface TaskDefinition {
  readonly name: string;
  readonly description: string;
  /** True for a task of the `after` section. */
  readonly after: boolean;
  readonly work: TaskWork;
  /** Relative to the workspace; "" = the workspace itself. */
  readonly workdir: string;
  /** The scheduler instance that runs it. */
  readonly scheduler: string;
  /** The pipeline's and the task's own, merged; texts may hold `${{ … }}`. */
  readonly env: Readonly<Record<string, string>>;
  readonly needs: Readonly<Record<string, Need>>;
  /** A CEL expression without braces; "" = always. */
  readonly when: string;
  readonly allowFailure: boolean;
  readonly retry: RetryPolicy;
  /** Limits in milliseconds; `queueMs` 0 = none. */
  readonly timeout: { readonly queueMs: number; readonly startMs: number; readonly runMs: number };
  readonly graceMs: number;
  readonly outputs: Readonly<Record<string, OutputType>>;
}

/** A pipeline in canonical form: what is hashed, stored, diffed and run. Keys sorted, defaults filled. */
export interface Pipeline {
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, Param>>;
  /** Tasks of one run at once; 0 = no limit. */
  readonly parallelism: number;
  /** Of the whole run but `after`, in milliseconds; 0 = none. */
  readonly timeoutMs: number;
  /** -100 to 100, higher first. */
  readonly priority: number;
  /** The tasks sorted by name, then the `after` tasks sorted by name. The index here is the task index of attempt ids. */
  readonly tasks: readonly TaskDefinition[];
}

/** What is wrong with one place of a pipeline file. */
export interface PipelineProblem {
  /** Stable, for machines: `syntax`, `unknown_key`, `cycle`, `unknown_need`, … */
  readonly code: string;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What to do. */
  readonly hint?: string;
}
