import type { RetryCause, RetryPolicy } from "./pipeline.ts";
import { MAX_LIMIT_MS } from "./read-defaults.ts";
import { describe, type Field, type Reader } from "./reader.ts";

/** What a task without `retry` has: one try. The rest is what `retry` fills in. */
export const NO_RETRY: RetryPolicy = {
  attempts: 1,
  delayMs: 1_000,
  backoff: "constant",
  maxDelayMs: 0,
  jitter: false,
  causes: ["exit", "infrastructure", "timeout"],
};

/** Keys of `retry`. */
const RETRY_KEYS = ["attempts", "delay", "backoff", "maxDelay", "jitter", "causes"] as const;
/** Words of `retry.causes`, in canonical order. */
export const RETRY_CAUSES: readonly RetryCause[] = ["exit", "infrastructure", "outputs", "timeout"];
/** The most tries a task may have. */
export const MAX_ATTEMPTS = 100;

/** Reads a `retry`. */
export function readRetry(reader: Reader, field: Field | undefined): RetryPolicy {
  if (!field) return NO_RETRY;
  if (field.node.kind !== "map") {
    const { node } = field;
    const number = node.kind === "scalar" && typeof node.value === "number" ? node.source : "3";
    const message = `expected a map with attempts, found ${describe(node)}`;
    const hint = `write retry: {attempts: ${number}} (all tries, the first included)`;
    reader.fail("wrong_type", field, { message, hint });
    return NO_RETRY;
  }
  const fields = reader.fields(field, RETRY_KEYS) ?? new Map<string, Field>();
  const attempts = fields.get("attempts");
  if (!attempts) {
    const message = "expected attempts, found none";
    const hint = "write retry: {attempts: 3} (all tries, the first included)";
    reader.missing(field, { message, hint });
  }
  return { ...NO_RETRY, ...readKeys(reader, fields) };
}

function readKeys(reader: Reader, fields: ReadonlyMap<string, Field>): Partial<RetryPolicy> {
  const limit = { min: 1, max: MAX_LIMIT_MS };
  const read = <T>(key: string, how: (field: Field) => T | undefined) => {
    const field = fields.get(key);
    return field && how(field);
  };
  const hint = "attempts counts all tries, the first included";
  return defined({
    attempts: read("attempts", (f) => reader.integer(f, { min: 1, max: MAX_ATTEMPTS, hint })),
    delayMs: read("delay", (f) => reader.duration(f, { min: 0, max: MAX_LIMIT_MS })),
    backoff: read("backoff", (f) => reader.choice(f, ["constant", "exponential"])),
    maxDelayMs: read("maxDelay", (f) => reader.duration(f, limit)),
    jitter: read("jitter", (f) => reader.flag(f)),
    causes: read("causes", (f) => readCauses(reader, f)),
  });
}

function readCauses(reader: Reader, field: Field): readonly RetryCause[] | undefined {
  const items = reader.list(field, "write causes: [exit, timeout]");
  if (!items) return undefined;
  if (items.length === 0) {
    const message = "expected at least one cause, found an empty list";
    return reader.fail("out_of_range", field, {
      message,
      hint: "leave retry out for a single try",
    });
  }
  const causes = new Set<RetryCause>();
  for (const item of items) {
    const cause = reader.choice(item, RETRY_CAUSES);
    if (cause === undefined) continue;
    if (causes.has(cause)) {
      reader.fail("duplicate_value", item, { message: `${cause} stands here twice` });
    }
    causes.add(cause);
  }
  return RETRY_CAUSES.filter((cause) => causes.has(cause));
}

function defined<T extends object>(
  values: { readonly [K in keyof T]: T[K] | undefined },
): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
