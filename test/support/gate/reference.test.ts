import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { REFERENCE_PAGES } from "./reference/pages.ts";
import { testNames } from "./reference/reliability.ts";
import { propertyTable } from "./reference/schema-table.ts";
import { ROOT } from "./repository.ts";

for (const [name, make] of Object.entries(REFERENCE_PAGES)) {
  test(`docs/reference/${name} is what npm run docs writes`, async () => {
    const found = await readFile(join(ROOT, "docs/reference", name), "utf8");
    assert.equal(found, await make(), "run npm run docs");
  });
}

test("a schema's properties become rows that say type, need and limits", () => {
  const schema = {
    required: ["a"],
    properties: {
      a: { type: "integer", description: "How many.", minimum: 1, default: 2 },
      b: { type: "array", items: { $ref: "#/$defs/thing" } },
      c: { enum: ["x|y"] },
    },
  } as const;
  assert.deepEqual(propertyTable(schema, (name) => `<${name}>`).split("\n").slice(2), [
    "| `a` * | integer | How many. (at least 1, default `2`) |",
    "| `b` | list of <thing> |  |",
    "| `c` | `x\\|y` |  |",
  ]);
});

test("names of tests carry their groups", () => {
  const source = 'describe("a server", () => {\n  it("dies", f);\n  it(`at ${name}`, f);\n});\n' +
    'test(\n  "stands alone", f);\n';
  assert.deepEqual(testNames(source), ["a server dies", "a server at …", "stands alone"]);
});
