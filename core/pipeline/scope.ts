import type { JsonValue } from "./pipeline.ts";

/** What expressions see when they are evaluated. */
export interface Scope {
  readonly params: Readonly<Record<string, JsonValue>>;
  /** Values by name; only what the evaluated texts name needs to be there. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly tasks: Readonly<
    Record<
      string,
      { readonly state: string; readonly outputs: Readonly<Record<string, JsonValue>> }
    >
  >;
  readonly run: {
    readonly id: string;
    readonly number: number;
    /** An ISO instant. */
    readonly startedAt: string;
    readonly initiator: string;
    /** Present once all tasks but `after` have ended. */
    readonly outcome?: string;
  };
  readonly pipeline: {
    readonly name: string;
    readonly version: number;
    readonly namespace: string;
  };
}

/** The fields of `run` in expressions. */
export const RUN_FIELDS = ["id", "number", "startedAt", "initiator", "outcome"] as const;
/** The fields of `pipeline` in expressions. */
export const PIPELINE_FIELDS = ["name", "version", "namespace"] as const;
/** The fields of `tasks.T` in expressions. */
export const TASK_FIELDS = ["state", "outputs"] as const;
