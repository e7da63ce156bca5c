import type { Node, ScalarNode } from "./node.ts";
import type { Site } from "./names.ts";
import type { OutputType, TaskDefinition, TaskWork } from "./pipeline.ts";
import { type Defaults, readGrace, readLimits, readScheduler } from "./read-defaults.ts";
import { readEnv } from "./read-env.ts";
import { scalarList } from "./read-list.ts";
import { type NeedsRead, readNeeds } from "./read-needs.ts";
import { NO_RETRY, readRetry } from "./read-retry.ts";
import { type Field, quote, type Reader } from "./reader.ts";

/** A text that may hold expressions, and where it stands. */
export interface Text {
  readonly site: Site;
  readonly path: string;
  readonly node: ScalarNode & { readonly value: string };
}

/** A task as it stands in the file. */
export interface TaskRead {
  readonly definition: TaskDefinition;
  /** Where its name stands. */
  readonly at: number;
  readonly needs: NeedsRead;
  readonly texts: readonly Text[];
}

/** Keys of a task. */
const TASK_KEYS = [
  "description",
  "run",
  "command",
  "shell",
  "workdir",
  "env",
  "needs",
  "when",
  "allowFailure",
  "retry",
  "timeout",
  "grace",
  "outputs",
  "scheduler",
] as const;
/** Types of an output. */
export const OUTPUT_TYPES: readonly OutputType[] = ["string", "integer", "boolean", "json"];

/** The longest script: Linux takes no argument of 128 KiB or more. */
const MAX_SCRIPT_BYTES = 131_000;

/** What a task gets from its pipeline. */
interface TaskContext {
  readonly name: string;
  readonly at: number;
  readonly after: boolean;
  readonly defaults: Defaults;
  readonly env: Readonly<Record<string, string>>;
}

/** Reads one task. */
export function readTask(reader: Reader, field: Field, context: TaskContext): TaskRead {
  const fields = reader.fields(field, TASK_KEYS);
  const { name, at, after, defaults } = context;
  const texts = new Texts(name);
  if (!fields) {
    return { definition: unreadTask(context), at, needs: readNeeds(reader, undefined), texts: [] };
  }
  const needs = readNeeds(reader, fields.get("needs"));
  const definition: TaskDefinition = {
    name,
    description: readText(reader, fields.get("description"))?.value ?? "",
    after,
    work: readWork(reader, field, { fields, defaults, texts }),
    workdir: readWorkdir(reader, fields.get("workdir"), texts),
    scheduler: readScheduler(reader, fields.get("scheduler")) ?? defaults.scheduler,
    env: { ...context.env, ...readEnv(reader, fields.get("env"), (f) => texts.add("env", f)) },
    needs: needs.words,
    when: readWhen(reader, fields.get("when"), texts),
    allowFailure: readFlag(reader, fields.get("allowFailure")),
    retry: readRetry(reader, fields.get("retry")),
    timeout: readLimits(reader, fields.get("timeout"), defaults.timeout),
    graceMs: readGrace(reader, fields.get("grace")) ?? defaults.graceMs,
    outputs: readOutputs(reader, fields.get("outputs")),
  };
  return { definition, at, needs, texts: texts.list };
}

/** What stands in for a task that is no map, so that others may still name it. */
function unreadTask({ name, after, defaults }: TaskContext): TaskDefinition {
  return {
    name,
    description: "",
    after,
    work: { kind: "command", argv: [] },
    workdir: "",
    scheduler: defaults.scheduler,
    env: {},
    needs: {},
    when: "",
    allowFailure: false,
    retry: NO_RETRY,
    timeout: defaults.timeout,
    graceMs: defaults.graceMs,
    outputs: {},
  };
}

class Texts {
  readonly list: Text[] = [];
  readonly #task: string;

  constructor(task: string) {
    this.#task = task;
  }

  add(kind: Site["kind"], { path, node }: Field): void {
    if (isText(node)) this.list.push({ site: { kind, task: this.#task }, path, node });
  }
}

/** True for a text. */
export function isText(node: Node): node is ScalarNode & { readonly value: string } {
  return node.kind === "scalar" && typeof node.value === "string";
}

function readWork(
  reader: Reader,
  task: Field,
  { fields, defaults, texts }: {
    readonly fields: ReadonlyMap<string, Field>;
    readonly defaults: Defaults;
    readonly texts: Texts;
  },
): TaskWork {
  const [run, command, shell] = [fields.get("run"), fields.get("command"), fields.get("shell")];
  if (run && command) {
    const message = "run and command stand together";
    const hint = "keep one: run is a script for the shell, command a list of arguments";
    reader.fail("exclusive_keys", later(run, command), { message, hint });
  } else if (!run && !command) {
    const hint = "add run: ./script.sh, or command: [program, argument]";
    reader.missing(task, { message: "expected run or command, found neither", hint });
  }
  if (command) {
    if (shell) {
      const hint = "remove shell: command runs without one";
      reader.fail("exclusive_keys", shell, { message: "shell stands beside command", hint });
    }
    return {
      kind: "command",
      argv: readArguments(reader, command, (f) => texts.add("command", f)),
    };
  }
  const own = shell && readArguments(reader, shell, (f) => texts.add("shell", f));
  const script = run ? readScript(reader, run) : "";
  if (run) texts.add("run", run);
  return { kind: "script", shell: own && own.length > 0 ? own : defaults.shell, script };
}

function later(a: Field, b: Field): Field {
  return a.node.at > b.node.at ? a : b;
}

function readArguments(
  reader: Reader,
  field: Field,
  text: (field: Field) => void,
): readonly string[] {
  const list = scalarList(reader, field);
  if (list) { for (const item of reader.list(field) ?? []) text(item); }
  return list ?? [];
}

function readScript(reader: Reader, field: Field): string {
  const script = readText(reader, field)?.value ?? "";
  const bytes = new TextEncoder().encode(script).length;
  if (isText(field.node) && script.trim() === "") {
    reader.fail("wrong_value", field, { message: "expected a script, found an empty text" });
  } else if (bytes > MAX_SCRIPT_BYTES) {
    const message = `expected at most ${MAX_SCRIPT_BYTES} bytes, found ${bytes}`;
    reader.fail("too_large", field, { message, hint: "put the script into a file and run that" });
  }
  return script;
}

function readWorkdir(reader: Reader, field: Field | undefined, texts: Texts): string {
  const text = field && readText(reader, field);
  if (!field || !text) return "";
  texts.add("workdir", field);
  const wrong = checkWorkdir(text.value);
  if (wrong === undefined) return normalPath(text.value);
  return reader.fail("bad_path", field, {
    message: wrong,
    hint: "write a path below the workspace",
  }) ?? "";
}

/** Why a path is no working directory below the workspace; undefined when it is one. */
export function checkWorkdir(path: string): string | undefined {
  if (path.startsWith("/")) {
    return `expected a path relative to the workspace, found ${quote(path)}`;
  }
  if (path.split("/").includes("..")) return `expected a path without .., found ${quote(path)}`;
  return path.includes("\0") ? "expected a path without NUL, found one" : undefined;
}

/** One spelling for one folder, as far as no expression stands in it. */
function normalPath(path: string): string {
  if (path.includes("${{")) return path;
  return path.split("/").filter((part) => part !== "" && part !== ".").join("/");
}

function readWhen(reader: Reader, field: Field | undefined, texts: Texts): string {
  if (!field) return "";
  const { node } = field;
  const literal = node.kind === "scalar" && typeof node.value === "boolean"
    ? node.value
    : undefined;
  if (literal !== undefined) {
    reader.wrongType(field, "an expression as text", `quote it: "${literal}"`);
    return "";
  }
  const text = readText(reader, field)?.value ?? "";
  if (text.includes("${{")) {
    const message = "when is an expression already, without ${{ }}";
    const inner = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(text)?.[1]?.trim();
    const hint = inner ? `write when: ${quote(inner)}` : "write it without the braces";
    reader.fail("bad_expression", field, { message, hint });
    return "";
  }
  if (isText(node)) texts.add("when", field);
  return text.trim();
}

function readOutputs(
  reader: Reader,
  field: Field | undefined,
): Readonly<Record<string, OutputType>> {
  const entries = field && reader.named(field, "field");
  return Object.fromEntries(
    (entries ?? []).map((entry) => [entry.key, reader.choice(entry, OUTPUT_TYPES) ?? "string"]),
  );
}

function readText(reader: Reader, field: Field | undefined) {
  return field && reader.text(field);
}

function readFlag(reader: Reader, field: Field | undefined): boolean {
  return (field && reader.flag(field)) ?? false;
}
