import assert from "node:assert/strict";
import { test } from "node:test";
import type { Measure } from "./bench.ts";
import { formatValues, isMet, median, quantile, ratio } from "./statistics.ts";

test("quantiles interpolate between neighbours", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([1, 2]), 1.5);
  assert.equal(quantile([0, 10], 0.99), 9.9);
  assert.ok(Number.isNaN(median([])));
});

test("a ratio is ours by the baseline, whatever its direction", () => {
  const measure: Measure = {
    name: "runs",
    unit: "/s",
    values: [90, 100, 110],
    baseline: { name: "loop", values: [50, 49, 51] },
    target: { of: "ratio", at: "least", bound: 1.8 },
  };
  assert.equal(ratio(measure), 2);
  assert.equal(isMet(measure), true);
  assert.equal(isMet({ ...measure, target: { of: "ratio", at: "least", bound: 2.1 } }), false);
  assert.equal(isMet({ ...measure, target: { of: "value", at: "most", bound: 99 } }), false);
});

test("values are shown with their spread", () => {
  assert.equal(formatValues([1234.4, 1000, 2000], "/s"), "1,234 /s (1,000–2,000)");
  assert.equal(formatValues([0.123], "ms"), "0.12 ms");
});
