import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileReport } from "./test-file.ts";
import { summarise } from "./test-summary.ts";

const REPORT: FileReport = {
  runtime: "deno",
  file: "a.test.ts",
  cases: [
    { name: "one", outcome: "passed" },
    { name: "two", outcome: "failed" },
    { name: "three", outcome: "skipped" },
  ],
  faults: ["left process 7 behind: sleep"],
  litter: [],
  output: "",
  ms: 1,
};
const EXPECTED = [{ file: "a.test.ts", test: "three", reason: "no engine here" }];

test("faults of a file count as failures", () => {
  const { passed, failed, skipped } = summarise([REPORT], { strict: false });
  assert.deepEqual({ passed, failed, skipped }, { passed: 1, failed: 2, skipped: 1 });
});

test("a skip that nobody expected fails where it is strict", () => {
  const { failed, unexpected } = summarise([REPORT], { strict: true, expected: [] });
  assert.equal(failed, 3);
  assert.deepEqual(unexpected, ["deno a.test.ts: three"]);
});

test("an expected skip is printed with its reason", () => {
  const { failed, lines } = summarise([REPORT], { strict: true, expected: EXPECTED });
  assert.equal(failed, 2);
  assert.ok(lines.includes("skipped deno a.test.ts: three (no engine here)"), lines.join("\n"));
});

test("an expected skip holds for its runtime only", () => {
  const expected = [{ ...EXPECTED[0]!, runtime: "node" as const }];
  assert.equal(summarise([REPORT], { strict: true, expected }).failed, 3);
});
