import { DURATION_PATTERN } from "./duration.ts";
import { NAME_PATTERN } from "./name.ts";
import type { JsonValue } from "./pipeline.ts";
import { MAX_ATTEMPTS, RETRY_CAUSES } from "./read-retry.ts";
import { OUTPUT_TYPES } from "./read-task.ts";

type Schema = { readonly [key: string]: JsonValue };

/** An object that knows its keys; those that begin with `x-` are free. */
export function strictObject(properties: Schema, required: readonly string[] = []): Schema {
  return {
    type: "object",
    properties,
    patternProperties: { "^x-": true },
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

/** A duration above zero. */
export const durationSchema: Schema = {
  type: "string",
  pattern: DURATION_PATTERN,
  examples: ["500ms", "90s", "10m", "1h30m", "7d", "2w"],
  description: "Units w d h m s ms, largest first.",
};

/** How long a task may take to stop. */
export const graceSchema: Schema = {
  type: "string",
  pattern: DURATION_PATTERN.replace("(?=.*[1-9])", "(?=\\d)"),
  description: "How long a task may take to stop before it is killed; 10s without it.",
};

/** One duration, or one for each limit. */
export const limitsSchema: Schema = {
  anyOf: [
    { $ref: "#/$defs/duration" },
    strictObject({
      queue: {
        $ref: "#/$defs/duration",
        description: "From ready to its slot; no limit without it.",
      },
      start: { $ref: "#/$defs/duration", description: "From its slot to running; 10m without it." },
      run: { $ref: "#/$defs/duration", description: "From running to its end; 1h without it." },
    }),
  ],
  description: "One duration limits the run of each attempt.",
};

/** Variables of the environment. */
export const envSchema: Schema = {
  type: "object",
  propertyNames: { pattern: "^(?!ERRAND_|__proto__$)[A-Za-z_][A-Za-z0-9_]{0,127}$" },
  additionalProperties: { type: ["string", "integer", "boolean"] },
};

/** A program and its arguments. */
export const argumentsSchema: Schema = {
  type: "array",
  minItems: 1,
  prefixItems: [{ type: ["string", "integer", "boolean"], minLength: 1 }],
  items: { type: ["string", "integer", "boolean"] },
};

const retrySchema: Schema = {
  ...strictObject({
    attempts: {
      type: "integer",
      minimum: 1,
      maximum: MAX_ATTEMPTS,
      description: "All tries, the first included.",
    },
    delay: { $ref: "#/$defs/grace", description: "Before the second try; 1s without it." },
    backoff: { enum: ["constant", "exponential"], description: "constant without it." },
    maxDelay: { $ref: "#/$defs/duration", description: "Where exponential growth ends." },
    jitter: {
      type: "boolean",
      description: "Spreads each delay by up to a quarter; false without it.",
    },
    causes: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { enum: [...RETRY_CAUSES] },
      description: "What is tried again; exit, infrastructure and timeout without it.",
    },
  }, ["attempts"]),
  description: "How often, when and why a task is tried again.",
};

const needsSchema: Schema = {
  anyOf: [
    { type: "array", uniqueItems: true, items: { type: "string", pattern: NAME_PATTERN } },
    {
      type: "object",
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { enum: ["success", "failure", "notFailed", "any"] },
    },
  ],
  description: "Tasks that end first: a list, or a map of names to the outcome that is needed.",
};

/** The JSON Schema of one task. */
export const taskSchema: Schema = {
  ...strictObject({
    description: { type: "string", description: "A sentence for people." },
    run: { type: "string", pattern: "\\S", description: "A script for the shell." },
    command: {
      $ref: "#/$defs/arguments",
      description: "A program and its arguments, without a shell.",
    },
    shell: {
      $ref: "#/$defs/arguments",
      description: "What run is given to as last argument; /bin/sh -eu -c without it.",
    },
    workdir: {
      type: "string",
      pattern: "^(?!/)(?!(?:.*/)?\\.\\.(?:/|$))",
      description: "The working directory, relative to the workspace.",
    },
    env: { $ref: "#/$defs/env", description: "Variables of its environment." },
    needs: needsSchema,
    when: {
      type: "string",
      pattern: "^(?![\\s\\S]*\\$\\{\\{)(?=[\\s\\S]*\\S)",
      description: "A CEL expression, evaluated once the needs are met; false = skipped.",
    },
    allowFailure: { type: "boolean", description: "true = its failure does not fail the run." },
    retry: retrySchema,
    timeout: { $ref: "#/$defs/limits" },
    grace: { $ref: "#/$defs/grace" },
    outputs: {
      type: "object",
      propertyNames: { $ref: "#/$defs/field" },
      additionalProperties: { enum: [...OUTPUT_TYPES] },
      description: "What it writes to $ERRAND_OUTPUT, by name and type.",
    },
    scheduler: {
      type: "string",
      pattern: NAME_PATTERN,
      description: "The scheduler instance that runs it; process without it.",
    },
  }),
  oneOf: [{ required: ["run"] }, { required: ["command"] }],
  not: { required: ["command", "shell"] },
};
