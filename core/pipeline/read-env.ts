import { type Field, quote, type Reader } from "./reader.ts";

/** Reads an `env`: names and their values as text. `text` is told of each value that may hold expressions. */
export function readEnv(
  reader: Reader,
  field: Field | undefined,
  text: (field: Field) => void,
): Readonly<Record<string, string>> {
  const read: [string, string][] = [];
  for (const entry of (field && reader.named(field, "env")) ?? []) {
    if (entry.key.startsWith("ERRAND_")) {
      const message = `${entry.path}: ${quote(entry.key)} is set by errand itself`;
      reader.problems.add({
        code: "bad_name",
        at: entry.keyAt,
        message,
        hint: "choose another name",
      });
      continue;
    }
    const value = reader.scalarText(entry);
    if (value === undefined) continue;
    text(entry);
    read.push([entry.key, value]);
  }
  return Object.fromEntries(read);
}
