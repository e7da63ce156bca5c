import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, nearest } from "./nearest.ts";

test("a misspelt name finds the one that was meant", () => {
  const table = [
    ["parralelism", "parallelism"],
    ["timout", "timeout"],
    ["TIMEOUT", "timeout"],
    ["nmae", "name"],
    ["alowFailure", "allowFailure"],
    ["image", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const;
  const known = ["parallelism", "timeout", "name", "allowFailure", "needs"];
  for (const [name, wanted] of table) assert.equal(nearest(name, known), wanted, name);
});

test("where nothing is near, a short list is shown", () => {
  assert.equal(didYouMean("timout", ["timeout"]), "did you mean timeout?");
  assert.equal(didYouMean("zzz", ["abc", "def"]), "known here: abc, def");
  assert.equal(didYouMean("zzz", []), undefined);
  assert.equal(didYouMean("zzz", Array.from({ length: 99 }, (_, i) => `name-${i}`)), undefined);
});
