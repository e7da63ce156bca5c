import { isList } from "./canonical-json.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import type { JsonValue, OutputType } from "./pipeline.ts";

/** The most bytes `$ERRAND_OUTPUT` may hold. */
export const MAX_OUTPUT_BYTES = 1_048_576;

/**
 * Reads the content of `$ERRAND_OUTPUT`: lines `name=value`, or `name<<EOF`, lines, `EOF`. A later
 * value of a name replaces an earlier one; declared outputs that are not there are absent.
 *
 * @returns the outputs by name, or a sentence that says what does not parse or fit
 */
export function parseOutputs(
  content: Uint8Array | string,
  declared: Readonly<Record<string, OutputType>>,
): { readonly outputs: Readonly<Record<string, JsonValue>> } | { readonly error: string } {
  try {
    return { outputs: Object.fromEntries(read(decode(content), declared)) };
  } catch (error) {
    if (error instanceof OutputError) return { error: error.message };
    throw error;
  }
}

class OutputError extends Error {}

function decode(content: Uint8Array | string): string {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (bytes.length > MAX_OUTPUT_BYTES) {
    throw new OutputError(
      `outputs: expected at most ${MAX_OUTPUT_BYTES} bytes, found ${bytes.length}`,
    );
  }
  if (typeof content === "string") return content;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new OutputError("outputs: expected UTF-8, found other bytes");
  }
}

function read(
  text: string,
  declared: Readonly<Record<string, OutputType>>,
): ReadonlyMap<string, JsonValue> {
  const outputs = new Map<string, JsonValue>();
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === "") continue;
    const match = /^([A-Za-z_][A-Za-z0-9_-]{0,62})(=|<<)(.*)$/s.exec(line);
    if (!match) {
      throw new OutputError(
        `outputs, line ${i + 1}: expected name=value or name<<EOF, found ${show(line)}`,
      );
    }
    const [, name, sign, rest] = match as unknown as readonly [string, string, string, string];
    let value = rest;
    if (sign === "<<") {
      const end = lines.indexOf(rest, i + 1);
      if (rest.trim() === "" || end < 0) {
        throw new OutputError(`outputs, line ${i + 1}: ${name}<<${show(rest)} is never closed`);
      }
      value = lines.slice(i + 1, end).join("\n");
      i = end;
    }
    outputs.set(name, convert(name, value, declared));
  }
  return outputs;
}

function convert(
  name: string,
  value: string,
  declared: Readonly<Record<string, OutputType>>,
): JsonValue {
  const type = Object.hasOwn(declared, name) ? declared[name] : undefined;
  switch (type) {
    case undefined: {
      const hint = didYouMean(name, Object.keys(declared));
      throw new OutputError(`output ${name} is not declared${hint ? `; ${hint}` : ""}`);
    }
    case "string":
      return value;
    case "integer":
      if (/^-?\d{1,16}$/.test(value.trim()) && Number.isSafeInteger(Number(value))) {
        return Number(value);
      }
      throw new OutputError(`output ${name}: expected an integer, found ${show(value)}`);
    case "boolean":
      if (value.trim() === "true" || value.trim() === "false") return value.trim() === "true";
      throw new OutputError(`output ${name}: expected true or false, found ${show(value)}`);
    case "json":
      return parseJson(name, value);
  }
}

function parseJson(name: string, text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new OutputError(`output ${name}: expected JSON, found ${show(text)}`);
  }
  const wrong = unfit(value);
  if (wrong) throw new OutputError(`output ${name}: ${wrong}`);
  return value;
}

/** How deep a JSON output may nest: whoever walks it later does so by recursion. */
const MAX_DEPTH = 100;

function unfit(root: JsonValue): string | undefined {
  const open: (readonly [JsonValue, number])[] = [[root, 1]];
  while (open.length > 0) {
    const [value, depth] = open.pop()!;
    if (typeof value === "number" && !Number.isFinite(value)) {
      return "a number is too large for JSON";
    }
    if (value === null || typeof value !== "object") continue;
    if (depth > MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH}`;
    if (!isList(value) && Object.hasOwn(value, "__proto__")) {
      return "the key __proto__ is not allowed";
    }
    for (const child of isList(value) ? value : Object.values(value)) open.push([child, depth + 1]);
  }
  return undefined;
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
