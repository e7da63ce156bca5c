import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonErrorPosition } from "./json-position.ts";

test("the place where a text stops being JSON", () => {
  const cases: readonly [text: string, line: number, column: number][] = [
    ["hello", 1, 1],
    ["{", 1, 2],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ['{\n  "a": tru\n}', 2, 8],
    ["[1, 2", 1, 6],
    ["[1 2]", 1, 4],
    ['["unfinished]', 1, 2],
    ["01", 1, 2],
    ['{"a":1} x', 1, 9],
    ['["tab\there"]', 1, 2],
    ["", 1, 1],
  ];
  for (const [text, line, column] of cases) {
    assert.throws(() => JSON.parse(text));
    assert.deepEqual(jsonErrorPosition(text), { line, column }, text);
  }
});

test("it agrees with JSON.parse on what is JSON, however deep", () => {
  const end = (text: string) => {
    const lines = text.split("\n");
    return { line: lines.length, column: lines.at(-1)!.length + 1 };
  };
  fc.assert(fc.property(fc.json(), (text) => {
    assert.deepEqual(jsonErrorPosition(text), end(text));
  }));
  const deep = "[".repeat(100_000);
  assert.deepEqual(jsonErrorPosition(deep), { line: 1, column: 100_001 });
  assert.deepEqual(jsonErrorPosition(`"${"x".repeat(1_000_000)}`), { line: 1, column: 1 });
});
