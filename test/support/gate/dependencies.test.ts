import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeDependencies } from "./dependencies.ts";

const GOOD = {
  declared: ["zod", "node", "hono"],
  importedIn: new Map([
    ["zod", new Set(["protocol/http"])],
    ["hono", new Set(["core/http", "protocol/http"])],
  ]),
  decisions: "`zod` because, `node` because, `hono` because",
};

test("dependencies with one home and a reason are fine", () => {
  assert.deepEqual(judgeDependencies(GOOD), []);
});

test("a dependency that nothing imports is named", () => {
  const problems = judgeDependencies({ ...GOOD, importedIn: new Map() });
  assert.match(problems.join("\n"), /^zod is a dependency that nothing imports/m);
  assert.doesNotMatch(problems.join("\n"), /^node/m);
});

test("a dependency with two homes is named", () => {
  const importedIn = new Map([...GOOD.importedIn, ["zod", new Set(["core/run", "protocol/http"])]]);
  assert.deepEqual(judgeDependencies({ ...GOOD, importedIn }), [
    "zod is imported in core/run and protocol/http: one folder is wanted",
  ]);
});

test("a dependency without a reason is named", () => {
  const problems = judgeDependencies({ ...GOOD, decisions: "`node` because, `hono` because" });
  assert.deepEqual(problems, ["zod has no reason in docs/decisions: write one"]);
});
