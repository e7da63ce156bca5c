import { Optional } from "./cel.ts";
import { ExpressionError } from "./expression-error.ts";
import { isList } from "./canonical-json.ts";
import type { JsonValue } from "./pipeline.ts";

/**
 * A value while an expression is evaluated: bigint for CEL's int, number for double, Map for
 * objects (so that no key can reach a prototype), arrays, and the library's own timestamps,
 * durations and optionals.
 */
export type Value = unknown;

/** JSON that nothing looked into yet: a scope is large, what an expression reads of it is small. */
export class Raw {
  readonly json: Exclude<JsonValue, string | number | boolean | null>;

  constructor(json: Exclude<JsonValue, string | number | boolean | null>) {
    this.json = json;
  }
}

/** A JSON value as an expression sees it; integral numbers become ints. Objects and lists stay raw. */
function wrap(json: JsonValue): Value {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : json;
  return json === null || typeof json !== "object" ? json : new Raw(json);
}

/** The value itself, all the way down. Remembered per object, which must not change afterwards. */
export function bind(value: Value): Value {
  return value instanceof Raw ? bindJson(value.json) : value;
}

/** What the part under `key` is; undefined when there is none. */
export function part(value: Value, key: Value): Value {
  if (value instanceof Raw) {
    const { json } = value;
    if (isList(json)) return isIndex(key) ? wrapDefined(json[Number(key)]) : undefined;
    return typeof key === "string" && Object.hasOwn(json, key) ? wrapDefined(json[key]) : undefined;
  }
  if (value instanceof Map) return value.get(key);
  if (Array.isArray(value)) return isIndex(key) ? value[Number(key)] : undefined;
  return undefined;
}

/** True for what has parts. */
export function hasParts(value: Value): boolean {
  return value instanceof Raw || value instanceof Map || Array.isArray(value);
}

/**
 * What it costs to look at a value all the way down, in units of about a microsecond: 1, and 1 more
 * for every 8 parts or 512 characters.
 */
export function weight(value: Value): number {
  return 1 + (sizeOf(value) >> 3);
}

/** A result as JSON. @throws {ExpressionError} for what JSON cannot hold, and for results over 1 MiB */
export function toJson(value: Value): JsonValue {
  return new ToJson().convert(value);
}

/** The most characters a result may have. */
export const MAX_RESULT = 1_048_576;

const bound = new WeakMap<object, Value>();
const sizes = new WeakMap<object, number>();

/** Parts of a value, 64 characters of text being one. */
function sizeOf(value: Value): number {
  if (typeof value === "string") return 1 + (value.length >> 6);
  if (value === null || typeof value !== "object") return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const parts = value instanceof Map ? [...value.keys(), ...value.values()] : value;
  const size = Array.isArray(parts)
    ? parts.reduce<number>((sum, item) => sum + sizeOf(item), 1)
    : 1;
  sizes.set(value, size);
  return size;
}

function bindJson(json: JsonValue): Value {
  if (json === null || typeof json !== "object") return wrap(json);
  const known = bound.get(json);
  if (known !== undefined) return known;
  const made = isList(json)
    ? json.map(bindJson)
    : new Map(Object.entries(json).map(([key, item]) => [key, bindJson(item)]));
  bound.set(json, made);
  return made;
}

function wrapDefined(json: JsonValue | undefined): Value {
  return json === undefined ? undefined : wrap(json);
}

function isIndex(key: Value): boolean {
  return typeof key === "bigint" && key >= 0n && key <= 0xffffffffn;
}

class ToJson {
  #chars = 0;

  convert(value: Value): JsonValue {
    this.#count(1);
    switch (typeof value) {
      case "string":
        this.#count(value.length);
        return value;
      case "boolean":
        return value;
      case "bigint":
        if (Number.isSafeInteger(Number(value))) return Number(value);
        throw new ExpressionError(`the integer ${value} is too large for JSON: use string(…)`);
      case "number":
        if (Number.isFinite(value)) return value;
        throw new ExpressionError(`the result ${value} is no number that JSON knows`);
    }
    if (value === null) return null;
    if (value instanceof Raw) return this.#json(value.json);
    if (Array.isArray(value)) return value.map((item) => this.convert(item));
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Date) return value.toISOString();
    if (value instanceof Optional) {
      throw new ExpressionError("the result is optional", {
        hint: "end the expression with .orValue(…)",
      });
    }
    if (Object.prototype.toString.call(value) === "[object google.protobuf.Duration]") {
      return String(value);
    }
    throw new ExpressionError("the result is a type or bytes, not a value", {
      hint: "use string(…)",
    });
  }

  #json(json: JsonValue): JsonValue {
    this.#count(1);
    if (typeof json === "string") this.#count(json.length);
    if (json !== null && typeof json === "object") {
      if (isList(json)) { for (const item of json) this.#json(item); }
      else {
        for (const [key, item] of Object.entries(json)) {
          this.#count(key.length);
          this.#json(item);
        }
      }
    }
    return json;
  }

  #map(map: ReadonlyMap<unknown, Value>): JsonValue {
    return Object.fromEntries([...map].map(([key, item]) => {
      this.#count(String(key).length);
      return [String(key), this.convert(item)];
    }));
  }

  #count(chars: number): void {
    this.#chars += chars;
    if (this.#chars > MAX_RESULT) {
      throw new ExpressionError(`the result is larger than ${MAX_RESULT} characters`, {
        code: "too_large",
      });
    }
  }
}
