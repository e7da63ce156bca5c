import { PluginError } from "../../../protocol/errors.ts";
import type { Host } from "../../kernel/plugin.ts";
import type { PluginLogEntry } from "./ports.ts";

/** The longest message and the longest fields, in characters; longer ones are cut, visibly. */
const MAX_CHARACTERS = 16_384;

const LEVELS: readonly string[] = ["debug", "info", "warning", "error"];

/** Checks and bounds one entry. @throws {PluginError} `invalid` */
export function readLogEntry(
  entry: Parameters<Host["log"]>[0][number],
): Omit<PluginLogEntry, "plugin" | "instance"> {
  if (!LEVELS.includes(entry.level)) throw invalid(`level must be one of ${LEVELS.join(", ")}`);
  return {
    level: entry.level,
    message: cut(String(entry.message)),
    fields: readFields(entry.fields),
  };
}

function readFields(text: string): Readonly<Record<string, unknown>> {
  if (text === "") return {};
  if (text.length > MAX_CHARACTERS) return { cut: cut(text) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("fields must be a JSON object");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("fields must be a JSON object");
  }
  return value as Record<string, unknown>;
}

function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, MAX_CHARACTERS)}… (${text.length} characters)`;
}

function invalid(message: string): PluginError {
  return new PluginError("invalid", message, { origin: "host" });
}
