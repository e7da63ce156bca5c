import type { Node } from "./node.ts";
import type { Param, Pipeline } from "./pipeline.ts";
import { type Defaults, MAX_LIMIT_MS, readDefaults } from "./read-defaults.ts";
import { readEnv } from "./read-env.ts";
import { readParam } from "./read-param.ts";
import { isText, readTask, type TaskRead, type Text } from "./read-task.ts";
import { type Field, quote, type Reader } from "./reader.ts";

/** Keys of a pipeline. */
const PIPELINE_KEYS = [
  "name",
  "description",
  "labels",
  "params",
  "env",
  "defaults",
  "parallelism",
  "timeout",
  "priority",
  "tasks",
  "after",
] as const;

/** The most tasks a pipeline may have, `after` included. */
export const MAX_TASKS = 1_000;
/** The most tasks of one run at once. */
export const MAX_PARALLELISM = 1_000;
/** The longest text of a label. */
export const MAX_LABEL = 256;

/** A pipeline as it stands in the file; complete only when no problem was noted. */
export interface PipelineRead {
  readonly head: Omit<Pipeline, "tasks">;
  /** Names of all parameters, also of those that are wrong. */
  readonly paramNames: ReadonlySet<string>;
  readonly tasks: readonly TaskRead[];
  readonly texts: readonly Text[];
}

/** Reads the whole file. */
export function readPipeline(reader: Reader, root: Node): PipelineRead | undefined {
  const whole: Field = { path: "", node: root };
  const fields = reader.fields(whole, PIPELINE_KEYS);
  if (!fields) return undefined;
  const texts: Text[] = [];
  const params = fields.get("params");
  const paramEntries = (params && reader.named(params, "field")) ?? [];
  const defaults = readDefaults(reader, fields.get("defaults"));
  const shell = defaults.shellField?.node;
  for (const node of shell?.kind === "list" ? shell.items : []) {
    if (isText(node)) {
      texts.push({ site: { kind: "shell", task: undefined }, path: "defaults.shell", node });
    }
  }
  const env = readEnv(reader, fields.get("env"), ({ path, node }) => {
    if (isText(node)) texts.push({ site: { kind: "env", task: undefined }, path, node });
  });
  return {
    head: readHead(reader, whole, { fields, params: readParams(reader, paramEntries) }),
    paramNames: new Set(paramEntries.map(({ key }) => key)),
    tasks: readTasks(reader, whole, { fields, defaults, env }),
    texts,
  };
}

function readHead(
  reader: Reader,
  whole: Field,
  { fields, params }: {
    readonly fields: ReadonlyMap<string, Field>;
    readonly params: Readonly<Record<string, Param>>;
  },
): Omit<Pipeline, "tasks"> {
  const optional = <T>(key: string, read: (field: Field) => T | undefined): T | undefined => {
    const field = fields.get(key);
    return field && read(field);
  };
  const name = fields.get("name");
  if (!name) {
    const hint = "add name: my-pipeline";
    reader.missing(whole, { message: "expected a name, found none", hint });
  }
  return {
    name: optional("name", (f) => readName(reader, f)) ?? "",
    description: optional("description", (f) => reader.text(f)?.value) ?? "",
    labels: optional("labels", (f) => readLabels(reader, f)) ?? {},
    params,
    parallelism: optional(
      "parallelism",
      (f) => reader.integer(f, { min: 1, max: MAX_PARALLELISM, hint: "leave it out for no limit" }),
    ) ?? 0,
    timeoutMs: optional("timeout", (f) => reader.duration(f, { min: 1, max: MAX_LIMIT_MS })) ?? 0,
    priority: optional("priority", (f) => reader.integer(f, { min: -100, max: 100 })) ?? 0,
  };
}

function readName(reader: Reader, field: Field): string | undefined {
  const text = reader.text(field);
  return text && reader.nameFits(text.value, text.at, { rule: "name", path: "name" })
    ? text.value
    : undefined;
}

function readLabels(reader: Reader, field: Field): Readonly<Record<string, string>> {
  const labels: [string, string][] = [];
  for (const entry of reader.named(field, "label") ?? []) {
    const value = reader.scalarText(entry);
    if (value === undefined) continue;
    const length = [...value].length;
    if (length > MAX_LABEL) {
      const message = `expected at most ${MAX_LABEL} characters, found ${length}`;
      reader.fail("too_large", entry, { message });
    } else if (value.includes("${{")) {
      const message = "labels hold no expressions, found ${{";
      reader.fail("bad_expression", entry, { message, hint: "write the value itself" });
    } else labels.push([entry.key, value]);
  }
  return Object.fromEntries(labels);
}

function readParams(
  reader: Reader,
  entries: readonly (Field & { readonly key: string })[],
): Readonly<Record<string, Param>> {
  return Object.fromEntries(entries.flatMap((entry) => {
    const param = readParam(reader, entry);
    return param ? [[entry.key, param]] : [];
  }));
}

function readTasks(
  reader: Reader,
  whole: Field,
  { fields, defaults, env }: {
    readonly fields: ReadonlyMap<string, Field>;
    readonly defaults: Defaults;
    readonly env: Readonly<Record<string, string>>;
  },
): readonly TaskRead[] {
  const [main, after] = [fields.get("tasks"), fields.get("after")];
  const hint = "add tasks: {hello: {run: echo hello}}";
  if (!main) reader.missing(whole, { message: "expected tasks, found none", hint });
  const entries = [
    ...sectionOf(reader, main, false),
    ...sectionOf(reader, after, true),
  ];
  if (main?.node.kind === "map" && main.node.entries.length === 0) {
    const message = "expected at least one task, found an empty map";
    reader.fail("out_of_range", main, { message, hint });
  }
  const extra = entries[MAX_TASKS];
  if (extra) {
    const message = `expected at most ${MAX_TASKS} tasks, found ${entries.length}`;
    reader.problems.add({
      code: "too_large",
      at: extra.keyAt,
      message,
      hint: "split the pipeline",
    });
  }
  noteDuplicates(reader, entries);
  return entries.slice(0, MAX_TASKS).map((entry) =>
    readTask(reader, entry, { name: entry.key, at: entry.keyAt, after: entry.after, defaults, env })
  );
}

type TaskEntry = Field & { readonly key: string; readonly keyAt: number; readonly after: boolean };

function sectionOf(reader: Reader, field: Field | undefined, after: boolean): readonly TaskEntry[] {
  const entries = (field && reader.named(field, "name")) ?? [];
  return entries.map((entry) => ({ ...entry, after }));
}

function noteDuplicates(reader: Reader, entries: readonly TaskEntry[]): void {
  const first = new Map<string, TaskEntry>();
  for (const entry of entries.toSorted((a, b) => a.keyAt - b.keyAt)) {
    const before = first.get(entry.key);
    if (!before) first.set(entry.key, entry);
    else {
      const message = `two tasks have the name ${quote(entry.key)}`;
      const hint = `the other is on line ${
        reader.problems.lineOf(before.keyAt)
      }: names are unique among tasks and after`;
      reader.problems.add({ code: "duplicate_name", at: entry.keyAt, message, hint });
    }
  }
}
