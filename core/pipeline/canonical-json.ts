import type { JsonValue } from "./pipeline.ts";

/**
 * The one text of a JSON value: compact, keys in code unit order, as RFC 8785 has it for the values
 * that occur here (no NaN, no lone surrogates).
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const parts = Object.keys(value).sort().map((key) =>
    `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`
  );
  return `{${parts.join(",")}}`;
}

/** `Array.isArray` that knows of readonly arrays. */
export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
