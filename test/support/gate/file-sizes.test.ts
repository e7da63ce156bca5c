import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_LINES, measure } from "./file-sizes.ts";

test("a file of one line too many is named", () => {
  const report = measure([["a.ts", 10], ["b.ts", MAX_LINES], ["c.ts", MAX_LINES + 1]]);
  assert.deepEqual(report.tooLong, [{ file: "c.ts", lines: MAX_LINES + 1 }]);
  assert.equal(report.median, MAX_LINES);
});
