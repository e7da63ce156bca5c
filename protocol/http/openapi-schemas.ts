import { z } from "zod";

/** A part of a JSON document. */
export type Json = Readonly<Record<string, unknown>>;

/** JSON Schemas whose named parts are gathered as components. */
export class Schemas {
  readonly #named = new Map<string, Json>();

  /** The schema as a client sees it: unknown keys may come, defaults may be left out. */
  input(schema: z.ZodType): Json {
    const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, {
      io: "input",
      reused: "inline",
    }) as Json & { readonly $defs?: Readonly<Record<string, Json>> };
    for (const [id, { id: _id, ...definition }] of Object.entries($defs ?? {})) {
      this.#named.set(id, moveRefs(definition) as Json);
    }
    const { id, ...rest } = moveRefs(root) as Json;
    if (typeof id !== "string") return rest;
    this.#named.set(id, rest);
    return { $ref: `#/components/schemas/${id}` };
  }

  components(): Json {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => a < b ? -1 : 1));
  }
}

function moveRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveRefs);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === "$ref" && typeof part === "string"
        ? part.replace("#/$defs/", "#/components/schemas/")
        : moveRefs(part),
    ]),
  );
}
