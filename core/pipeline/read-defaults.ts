import { scalarList } from "./read-list.ts";
import type { Field, Reader } from "./reader.ts";

/** The three limits of a task in milliseconds; `queueMs` 0 = none. */
export interface Limits {
  readonly queueMs: number;
  readonly startMs: number;
  readonly runMs: number;
}

/** What tasks get that do not say otherwise. */
export interface Defaults {
  readonly timeout: Limits;
  readonly graceMs: number;
  readonly scheduler: string;
  readonly shell: readonly string[];
  /** Present when the file says so; its expressions are checked there. */
  readonly shellField?: Field;
}

/** The built-in ones. */
const DEFAULTS: Defaults = {
  timeout: { queueMs: 0, startMs: 600_000, runMs: 3_600_000 },
  graceMs: 10_000,
  scheduler: "process",
  shell: ["/bin/sh", "-eu", "-c"],
};

/** The longest duration a limit may have: a year. */
export const MAX_LIMIT_MS = 365 * 86_400_000;
/** The longest grace: whoever waits for a stop waits that long. */
const MAX_GRACE_MS = 86_400_000;

/** Keys of `defaults`. */
const DEFAULTS_KEYS = ["timeout", "grace", "scheduler", "shell"] as const;

/** Reads the `defaults` of a pipeline. */
export function readDefaults(reader: Reader, field: Field | undefined): Defaults {
  const fields = field && reader.fields(field, DEFAULTS_KEYS);
  if (!fields) return DEFAULTS;
  const shell = fields.get("shell");
  return {
    timeout: readLimits(reader, fields.get("timeout"), DEFAULTS.timeout),
    graceMs: readGrace(reader, fields.get("grace")) ?? DEFAULTS.graceMs,
    scheduler: readScheduler(reader, fields.get("scheduler")) ?? DEFAULTS.scheduler,
    shell: (shell && scalarList(reader, shell)) ?? DEFAULTS.shell,
    ...(shell ? { shellField: shell } : {}),
  };
}

/** Reads a `timeout`: one duration for the run, or a map of `queue`, `start` and `run`. */
export function readLimits(reader: Reader, field: Field | undefined, base: Limits): Limits {
  if (!field) return base;
  const range = { min: 1, max: MAX_LIMIT_MS };
  if (field.node.kind !== "map") {
    return { ...base, runMs: reader.duration(field, range) ?? base.runMs };
  }
  const fields = reader.fields(field, ["queue", "start", "run"]);
  const read = (key: string) => {
    const limit = fields?.get(key);
    return limit && reader.duration(limit, range);
  };
  return {
    queueMs: read("queue") ?? base.queueMs,
    startMs: read("start") ?? base.startMs,
    runMs: read("run") ?? base.runMs,
  };
}

/** Reads a `grace`; 0s = no grace. */
export function readGrace(reader: Reader, field: Field | undefined): number | undefined {
  return field && reader.duration(field, { min: 0, max: MAX_GRACE_MS });
}

/** Reads the name of a scheduler instance. */
export function readScheduler(reader: Reader, field: Field | undefined): string | undefined {
  const node = field && reader.text(field);
  if (!field || !node) return undefined;
  const { at, value } = node;
  return reader.nameFits(value, at, { rule: "name", path: field.path }) ? value : undefined;
}
