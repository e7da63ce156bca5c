import { FIELD_PATTERN, LABEL_PATTERN, NAME_PATTERN } from "./name.ts";
import type { JsonValue } from "./pipeline.ts";
import { MAX_LABEL, MAX_PARALLELISM, MAX_TASKS } from "./read-pipeline.ts";
import { paramSchema } from "./schema-param.ts";
import {
  argumentsSchema,
  durationSchema,
  envSchema,
  graceSchema,
  limitsSchema,
  strictObject,
  taskSchema,
} from "./schema-task.ts";

/**
 * The JSON Schema (2020-12) of a pipeline file. It describes the structure; that names exist, that
 * needs have no circle and that expressions can be evaluated is for `parsePipeline` to say.
 */
export const pipelineSchema: { readonly [key: string]: JsonValue } = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Errand pipeline",
  description: "A named graph of tasks, its parameters and its limits.",
  ...strictObject({
    name: {
      type: "string",
      pattern: NAME_PATTERN,
      description: "The name, unique in its namespace: 1 to 63 of a-z 0-9 -.",
    },
    description: { type: "string", description: "A sentence for people." },
    labels: {
      type: "object",
      propertyNames: { pattern: LABEL_PATTERN },
      additionalProperties: {
        type: ["string", "integer", "boolean"],
        maxLength: MAX_LABEL,
        pattern: "^(?![\\s\\S]*\\$\\{\\{)",
      },
      description: "Texts by name, also on runs and in metrics.",
    },
    params: {
      type: "object",
      propertyNames: { $ref: "#/$defs/field" },
      additionalProperties: { $ref: "#/$defs/param" },
      description: "What a run can be started with.",
    },
    env: { $ref: "#/$defs/env", description: "The environment of every task." },
    defaults: {
      ...strictObject({
        timeout: { $ref: "#/$defs/limits" },
        grace: { $ref: "#/$defs/grace" },
        scheduler: { type: "string", pattern: NAME_PATTERN },
        shell: { $ref: "#/$defs/arguments" },
      }),
      description: "What tasks get that do not say otherwise.",
    },
    parallelism: {
      type: "integer",
      minimum: 1,
      maximum: MAX_PARALLELISM,
      description: "Tasks of one run at once; no limit without it.",
    },
    timeout: {
      $ref: "#/$defs/duration",
      description: "The longest time of the whole run from its start, after not included.",
    },
    priority: {
      type: "integer",
      minimum: -100,
      maximum: 100,
      description: "Higher goes first; 0 without it.",
    },
    tasks: {
      type: "object",
      minProperties: 1,
      maxProperties: MAX_TASKS,
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { $ref: "#/$defs/task" },
      description: "The tasks by name.",
    },
    after: {
      type: "object",
      maxProperties: MAX_TASKS,
      propertyNames: { pattern: NAME_PATTERN },
      additionalProperties: { $ref: "#/$defs/task" },
      description: "Tasks that run once all others have ended, whatever happened.",
    },
  }, ["name", "tasks"]),
  $defs: {
    field: { pattern: FIELD_PATTERN, not: { const: "__proto__" } },
    duration: durationSchema,
    grace: graceSchema,
    limits: limitsSchema,
    env: envSchema,
    arguments: argumentsSchema,
    param: paramSchema,
    task: taskSchema,
  },
};
