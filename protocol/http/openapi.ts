import type { z } from "zod";
import { type Operation, OPERATIONS } from "./operations.ts";
import { type Json, Schemas } from "./openapi-schemas.ts";
import { Problem } from "./problem.ts";
import { type Policy, type Route, type RouteId, ROUTES } from "./routes.ts";
import { Name } from "./values.ts";

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  namespace: Name.description ?? "",
  pipeline: Name.description ?? "",
  run: "An id, `NAME` (that pipeline's last run), `NAME#NUMBER`, or `@last` (`#` as %23).",
};

/** The OpenAPI 3.1 document of the whole API, made of the route table and the schemas. */
export function openApiDocument(options: { readonly version?: string } = {}): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
    const item = paths[route.path] ??= {};
    item[route.method.toLowerCase()] = operationObject(id, route, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Errand",
      version: options.version ?? "0.0.0",
      description:
        "Runs short-lived work. Every path but `/healthz` and `/readyz` wants a bearer " +
        "token. Errors are problem documents (RFC 9457) with a stable `code`. Clients ignore keys " +
        "that they do not know.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: schemas.components(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operationObject(id: RouteId, route: Route, schemas: Schemas): Json {
  const operation = OPERATIONS[id];
  const { tag, summary, description, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(route.policy.access === "public" ? { security: [] } : {}),
    "x-errand-policy": policyText(route.policy),
    parameters: parameters(route, operation, schemas),
    ...(body ? { requestBody: requestBody(body, { route, schemas }) } : {}),
    responses: {
      [operation.status]: { description: "Done.", content: answerContent(operation, schemas) },
      default: {
        description: "A problem.",
        content: { "application/problem+json": { schema: schemas.input(Problem) } },
      },
    },
  };
}

function requestBody(
  body: z.ZodType,
  at: { readonly route: Route; readonly schemas: Schemas },
): Json {
  return {
    required: at.route.method === "PUT",
    description: `At most ${at.route.maxBodyBytes} bytes.`,
    content: { "application/json": { schema: at.schemas.input(body) } },
  };
}

function answerContent(operation: Operation, schemas: Schemas): Json {
  const { answer, stream } = operation;
  return {
    ...(answer ? { "application/json": { schema: schemas.input(answer) } } : {}),
    ...(stream ? { "text/event-stream": { schema: streamSchema(stream, schemas) } } : {}),
  };
}

/** Server-sent events as OpenAPI 3.1 can say it: one event is an object of its fields. */
function streamSchema(stream: NonNullable<Operation["stream"]>, schemas: Schemas): Json {
  return {
    description: "Server-sent events; `data` is JSON.",
    oneOf: Object.entries(stream).map(([event, data]) => ({
      type: "object",
      properties: {
        id: { type: "string" },
        event: { const: event },
        data: {
          type: "string",
          contentMediaType: "application/json",
          contentSchema: schemas.input(data),
        },
      },
      required: ["event", "data"],
    })),
  };
}

function parameters(route: Route, operation: Operation, schemas: Schemas): readonly Json[] {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: PATH_PARAMETERS[name!],
    schema: { type: "string" },
  }));
  const query = Object.entries(operation.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemas.input(schema as z.ZodType);
    return { name, in: "query", required: false, description, schema: rest };
  });
  const headers = Object.entries(operation.headers ?? {}).map(([name, description]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
  return [...path, ...query, ...headers];
}

function policyText(policy: Policy): string {
  if (policy.access === "public") return "public";
  return `${policy.role} of the ${policy.scope}`;
}
