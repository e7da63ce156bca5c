import { table } from "./markdown.ts";

/** As much of JSON Schema as our documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

/** A row a property. `link` says where a named schema is described. */
export function propertyTable(schema: Schema, link: (name: string) => string): string {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    `\`${name}\`${required.has(name) ? " *" : ""}`,
    typeText(property, link),
    describe(property),
  ]);
  return table(["key", "type", "meaning"], rows);
}

/** A type in words. */
export function typeText(schema: Schema, link: (name: string) => string): string {
  const { $ref, type, items, additionalProperties, anyOf, oneOf } = schema;
  if ($ref !== undefined) return link($ref.split("/").at(-1)!);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  const choices = anyOf ?? oneOf;
  if (choices) return [...new Set(choices.map((it) => typeText(it, link)))].join(" or ");
  if (type === "array") return items ? `list of ${typeText(items, link)}` : "list";
  if (type === "object" && typeof additionalProperties === "object") {
    const value = typeText(additionalProperties, link);
    return value === "anything" ? "map" : `map of ${value}`;
  }
  if (schema.format === "date-time") return "instant";
  if (Array.isArray(type)) return type.join(" or ");
  return String(type ?? "anything");
}

function describe(
  { description = "", default: value, minimum, maximum, maxLength }: Schema,
): string {
  const large = (it: number | undefined) => it === undefined || Math.abs(it) >= 2 ** 53 - 1;
  const facts = [
    ...(large(minimum) ? [] : [`at least ${minimum}`]),
    ...(large(maximum) ? [] : [`at most ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(value === undefined ? [] : [`default \`${JSON.stringify(value)}\``]),
  ];
  return [description, facts.length > 0 ? `(${facts.join(", ")})` : ""].join(" ").trim();
}
