import assert from "node:assert/strict";
import { test } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import { openApiDocument } from "./openapi.ts";
import { OPERATIONS } from "./operations.ts";
import { formatPath, type Route, ROUTES } from "./routes.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly description: string };
  readonly security?: readonly unknown[];
  readonly "x-errand-policy": string;
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = openApiDocument({ version: "1.0.0" });
const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

test("the table and the document list the same routes", () => {
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) =>
      `${operationId} ${method.toUpperCase()} ${path}`
    )
  );
  const table = Object.entries(ROUTES as Readonly<Record<string, Route>>)
    .map(([id, { method, path }]) => `${id} ${method} ${path}`);
  assert.deepEqual(documented.sort(), table.sort());
  assert.deepEqual(Object.keys(OPERATIONS).sort(), Object.keys(ROUTES).sort());
});

test("each operation says its policy, its parameters and its limit", () => {
  for (const [id, route] of Object.entries(ROUTES) as [keyof typeof ROUTES, Route][]) {
    const operation = paths[route.path]![route.method.toLowerCase()]!;
    const open = route.policy.access === "public";
    assert.equal(operation.security?.length === 0, open, id);
    assert.match(
      operation["x-errand-policy"],
      open ? /^public$/ : /^\w+ of the (server|namespace)$/,
    );
    const inPath = operation.parameters.filter((one) => one.in === "path").map(({ name }) => name);
    assert.deepEqual(inPath, [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name), id);
    assert.equal(operation.requestBody !== undefined, route.maxBodyBytes > 0, id);
    if (operation.requestBody) {
      assert.ok(operation.requestBody.description.includes(String(route.maxBodyBytes)));
    }
    assert.ok(operation.responses[OPERATIONS[id].status], id);
  }
});

test("every reference leads to a component that is valid JSON Schema", () => {
  const { schemas } = document.components as { schemas: Record<string, object> };
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
  assert.ok(refs.length > 10);
  for (const ref of refs) {
    assert.ok(Object.hasOwn(schemas, ref.replace("#/components/schemas/", "")), ref);
  }
  const ajv = new Ajv2020.Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "api", ...document });
  for (const name of Object.keys(schemas)) {
    assert.ok(ajv.compile({ $ref: `api#/components/schemas/${name}` }), name);
  }
});

test("a path's parameters are encoded", () => {
  const path = formatPath("/v1/namespaces/{namespace}/runs/{run}", {
    namespace: "a/b",
    run: "x#1",
  });
  assert.equal(path, "/v1/namespaces/a%2Fb/runs/x%231");
});
