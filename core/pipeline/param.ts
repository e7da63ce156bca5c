import type { JsonValue, Param } from "./pipeline.ts";
import { regexpOf } from "./regexp.ts";

/** Why a value does not fit a parameter, as a sentence; undefined when it fits. */
export function checkParam(param: Param, value: JsonValue): string | undefined {
  if (!hasType(param.type, value)) {
    return `expected ${ARTICLE[param.type]}, found ${show(value)}`;
  }
  if (param.enum && !param.enum.includes(value)) {
    return `expected one of ${param.enum.map(show).join(", ")}, found ${show(value)}`;
  }
  if (typeof value === "number") return checkNumber(param, value);
  return typeof value === "string" ? checkText(param, value) : undefined;
}

/**
 * The value that a text such as that of `--param depth=3` stands for. A text that does not fit the
 * type is answered as it is: the check says what is wrong with it.
 */
export function coerceParam(param: Param, text: string): JsonValue {
  switch (param.type) {
    case "string":
      return text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "integer":
      return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case "number":
      return /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/.test(text) &&
          Number.isFinite(Number(text))
        ? Number(text)
        : text;
  }
}

const ARTICLE = {
  string: "a text",
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
} as const;

function hasType(type: Param["type"], value: JsonValue): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
  }
}

function checkNumber({ minimum, maximum }: Param, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) {
    return `expected at least ${minimum}, found ${value}`;
  }
  if (maximum !== undefined && value > maximum) {
    return `expected at most ${maximum}, found ${value}`;
  }
  return undefined;
}

/** What a pattern is tried on at most; a longer text is refused rather than looked at for long. */
const MAX_MATCHED = 65_536;

function checkText({ minLength, maxLength, pattern }: Param, value: string): string | undefined {
  if (value.includes("\0")) return "expected a text without NUL, found one";
  if (minLength !== undefined || maxLength !== undefined) {
    const length = [...value].length;
    if (minLength !== undefined && length < minLength) {
      return `expected at least ${minLength} characters, found ${length}`;
    }
    if (maxLength !== undefined && length > maxLength) {
      return `expected at most ${maxLength} characters, found ${length}`;
    }
  }
  if (pattern === undefined) return undefined;
  if (value.length > MAX_MATCHED) {
    return `expected at most ${MAX_MATCHED} characters for a pattern, found ${value.length}`;
  }
  return regexpOf(pattern).test(value)
    ? undefined
    : `expected a text that matches ${pattern}, found ${show(value)}`;
}

function show(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" && value.length > 60 ? `${value.slice(0, 57)}…` : value;
  return typeof value === "number" ? `the number ${value}` : JSON.stringify(text);
}
