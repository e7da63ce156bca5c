import type { Need } from "./pipeline.ts";
import { type Field, quote, type Reader } from "./reader.ts";

/** Words of `needs`. */
export const NEEDS: readonly Need[] = ["success", "failure", "notFailed", "any"];

/** `needs` as it stands in the file. */
export interface NeedsRead {
  readonly words: Readonly<Record<string, Need>>;
  /** Where each name stands. */
  readonly places: ReadonlyMap<string, number>;
}

/** Reads `needs`: a list of names, or a map of names to what is needed of them. */
export function readNeeds(reader: Reader, field: Field | undefined): NeedsRead {
  const words: [string, Need][] = [];
  const places = new Map<string, number>();
  if (!field) return { words: {}, places };
  if (field.node.kind === "map") {
    for (const entry of reader.named(field, "name") ?? []) {
      words.push([entry.key, reader.choice(entry, NEEDS) ?? "success"]);
      places.set(entry.key, entry.keyAt);
    }
  } else {
    const hint = field.node.kind === "scalar" && typeof field.node.value === "string"
      ? `write needs: [${field.node.value}]`
      : "write needs: [first, second], or needs: {first: any}";
    for (const item of reader.list(field, hint) ?? []) {
      const text = reader.text(item);
      if (!text || !reader.nameFits(text.value, text.at, { rule: "name", path: item.path })) {
        continue;
      }
      if (places.has(text.value)) {
        reader.fail("duplicate_value", item, { message: `${quote(text.value)} stands here twice` });
      }
      words.push([text.value, "success"]);
      places.set(text.value, text.at);
    }
  }
  return { words: Object.fromEntries(words), places };
}
