import { openApiDocument } from "../../../../protocol/http/mod.ts";
import { anchor, page, table } from "./markdown.ts";
import { propertyTable, type Schema, typeText } from "./schema-table.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly "x-errand-policy": string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly description: string;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Document {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const TAGS = ["runs", "pipelines", "logs", "events", "server"] as const;

/** `api.md`: every route and every schema of the OpenAPI document. */
export function apiPage(): string {
  const { info, paths, components } = openApiDocument() as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]) => ({ path, method: method.toUpperCase(), it }))
  );
  const parts = TAGS.flatMap((tag) => [
    `## ${tag[0]!.toUpperCase()}${tag.slice(1)}`,
    ...operations.filter(({ it }) => it.tags.includes(tag)).map(describeOperation),
  ]);
  const schemas = Object.entries(components.schemas).flatMap(([name, schema]) => [
    `### ${name}`,
    schema.description ?? "",
    schema.properties ? propertyTable(schema, link) : typeText(schema, link),
  ]);
  return page("HTTP API", "`protocol/http`", [
    info.description,
    "A running server answers the same as an OpenAPI 3.1 document at `/openapi.json`. " +
    "`*` marks what is always there. Paths begin with `/v1/namespaces/{namespace}` where a " +
    "namespace is meant; the first one is `default`.",
    ...parts,
    "## Schemas",
    ...schemas.filter((part) => part !== ""),
  ]);
}

function describeOperation(
  { path, method, it }: { readonly path: string; readonly method: string; readonly it: Operation },
): string {
  const { summary, description, parameters, requestBody, responses } = it;
  const own = parameters.filter(({ in: place }) => place !== "path");
  const body = requestBody?.content["application/json"]?.schema;
  const [status, answer] = Object.entries(responses).find(([code]) => code !== "default")!;
  const answers = Object.entries(answer.content).map(([type, { schema }]) =>
    type === "text/event-stream"
      ? `server-sent events (${eventNames(schema)})`
      : typeText(schema, link)
  );
  return [
    `### \`${method} ${path}\``,
    [summary, description].filter(Boolean).join(" "),
    `Needs: ${it["x-errand-policy"]}.`,
    ...(own.length > 0
      ? [table(
        ["parameter", "in", "type", "meaning"],
        own.map((parameter) => [
          `\`${parameter.name}\``,
          parameter.in,
          typeText(parameter.schema, link),
          parameter.description ?? "",
        ]),
      )]
      : []),
    ...(body ? [`Takes ${typeText(body, link)}. ${requestBody!.description}`] : []),
    `Answers ${status}: ${answers.join(" or ")}.`,
  ].join("\n\n");
}

function eventNames(schema: Schema): string {
  return (schema.oneOf ?? []).map((it) => `\`${it.properties?.["event"]?.const}\``).join(", ");
}

function link(name: string): string {
  return `[${name}](#${anchor(name)})`;
}
