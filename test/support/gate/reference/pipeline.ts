import { pipelineSchema } from "../../../../core/pipeline/mod.ts";
import { page } from "./markdown.ts";
import { propertyTable, type Schema, typeText } from "./schema-table.ts";

/** Titles of the parts that have properties of their own, in order. */
const PARTS: Readonly<Record<string, string>> = { task: "A task", param: "A parameter" };

/** `pipeline.md`: every key, out of the JSON Schema. */
export function pipelinePage(): string {
  const { $defs, ...root } = pipelineSchema as unknown as Schema & {
    readonly $defs: Readonly<Record<string, Schema>>;
  };
  const parts = Object.entries(PARTS).flatMap(([name, title]) => [
    `## ${title}`,
    propertyTable(withVariants($defs[name]!), link),
    ...nested(withVariants($defs[name]!)),
  ]);
  const others = Object.entries($defs).filter(([name]) => !(name in PARTS)).map(
    ([name, schema]) => {
      const words = schema.type || schema.anyOf ? typeText(schema, link) : "text";
      return `* **${name}**: ${words}. ${schema.description ?? ""}`.trimEnd();
    },
  );
  return page("The pipeline file", "the JSON Schema in `core/pipeline`", [
    "YAML 1.2 or JSON, one pipeline a file. Keys that begin with `x-` are free; any other key that " +
    "is not listed is an error. `*` marks what must be there. A server answers the JSON Schema at " +
    "`/v1/schema/pipeline.json`.",
    "## The pipeline",
    propertyTable(root, link),
    ...nested(root),
    ...parts,
    "### Limits",
    propertyTable($defs["limits"]!.anyOf![1]!, link),
    "## Words used above",
    others.join("\n"),
    "What is wrong with a file is said with a code: [errors](errors.md#problems-of-a-pipeline-file).",
  ]);
}

/** Properties that have properties: a table each. */
function nested(schema: Schema): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    property.properties ? [`### \`${name}\``, propertyTable(property, link)] : []
  );
}

/** A schema with variants as one: all keys that any of them has. */
function withVariants(schema: Schema): Schema {
  const variants = (schema.oneOf ?? schema.anyOf ?? []).filter(({ properties }) => properties);
  if (variants.length === 0) return schema;
  const properties = Object.assign({}, ...variants.map((it) => it.properties), schema.properties);
  const required = variants.map((it) => it.required ?? [])
    .reduce((a, b) => a.filter((key) => b.includes(key)));
  return { ...schema, properties, required: [...schema.required ?? [], ...required] };
}

function link(name: string): string {
  return name === "task" || name === "param"
    ? `[${name}](#${PARTS[name]!.toLowerCase().replace(" ", "-")})`
    : name;
}
