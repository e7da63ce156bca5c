import { createHash } from "node:crypto";
import { ErrandError } from "../../protocol/errors.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonValue, Pipeline, TaskDefinition } from "./pipeline.ts";
import { NEEDS } from "./read-needs.ts";

/** The text that is stored and hashed: equal pipelines have equal texts, however their files are written. */
export function canonicalText(pipeline: Pipeline): string {
  const sorted = { ...pipeline, tasks: pipeline.tasks.toSorted(byPlace) };
  return canonicalJson(sorted as unknown as JsonValue);
}

/** The SHA-256 of the canonical text, in lower case hex: the identity of a version. */
export function pipelineHash(pipeline: Pipeline): string {
  return createHash("sha256").update(canonicalText(pipeline)).digest("hex");
}

/**
 * Reads a canonical text back. It trusts what `canonicalText` wrote, and refuses what that can not
 * have written.
 *
 * @throws {ErrandError} `corrupt`
 */
export function parseCanonical(text: string): Pipeline {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ErrandError("corrupt", "a stored pipeline is not JSON", { cause });
  }
  if (!isPipeline(parsed)) {
    throw new ErrandError("corrupt", "a stored pipeline has not the shape of one");
  }
  return parsed;
}

/** The same pipeline with keys and tasks in canonical order. */
export function toCanonical(pipeline: Pipeline): Pipeline {
  return JSON.parse(canonicalText(pipeline)) as Pipeline;
}

function byPlace(a: TaskDefinition, b: TaskDefinition): number {
  if (a.after !== b.after) return a.after ? 1 : -1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function isPipeline(value: unknown): value is Pipeline {
  if (!hasShape(value, PIPELINE)) return false;
  const { tasks } = value as unknown as { readonly tasks: readonly unknown[] };
  if (!tasks.every(isTask)) return false;
  const names = new Set(tasks.map(({ name }) => name));
  return tasks.every(({ needs }) =>
    Object.entries(needs).every(([name, need]) => names.has(name) && NEEDS.includes(need))
  );
}

function isTask(value: unknown): value is TaskDefinition {
  return hasShape(value, TASK) && isWork(value["work"]) && hasShape(value["timeout"], LIMITS) &&
    hasShape(value["retry"], RETRY);
}

const PIPELINE = {
  name: "string",
  description: "string",
  labels: "object",
  params: "object",
  parallelism: "number",
  timeoutMs: "number",
  priority: "number",
  tasks: "array",
} as const;

const TASK = {
  name: "string",
  description: "string",
  after: "boolean",
  work: "object",
  workdir: "string",
  scheduler: "string",
  env: "object",
  needs: "object",
  when: "string",
  allowFailure: "boolean",
  retry: "object",
  timeout: "object",
  graceMs: "number",
  outputs: "object",
} as const;

const LIMITS = { queueMs: "number", startMs: "number", runMs: "number" } as const;

const RETRY = {
  attempts: "number",
  delayMs: "number",
  backoff: "string",
  maxDelayMs: "number",
  jitter: "boolean",
  causes: "array",
} as const;

function isWork(value: unknown): boolean {
  return hasShape(value, { kind: "string", shell: "array", script: "string" }) ||
    hasShape(value, { kind: "string", argv: "array" });
}

function hasShape(
  value: unknown,
  shape: Readonly<Record<string, string>>,
): value is Readonly<Record<string, unknown>> {
  if (kindOf(value) !== "object") return false;
  const record = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([key, kind]) =>
    Object.hasOwn(record, key) && kindOf(record[key]) === kind
  );
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
