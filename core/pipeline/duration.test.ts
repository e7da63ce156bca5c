import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration, parseSize } from "./mod.ts";
import { DURATION_PATTERN } from "./duration.ts";

test("durations are whole numbers with units, largest first", () => {
  const table = [
    ["500ms", 500],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["0s", 0],
    ["1w1d1h1m1s1ms", 694_861_001],
  ] as const;
  for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
  const bad = [
    "",
    "90",
    "1.5h",
    "-1s",
    "1s1m",
    "1s1s",
    "s",
    "1 s",
    "1S",
    "1h ",
    "99999999999999w",
    "1us",
    "1e3s",
  ];
  for (const text of bad) assert.equal(parseDuration(text), undefined, text);
});

test("the shortest text of a duration is read as the same duration", () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 52 }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
});

test("the pattern of the schema and the parser agree on any text", () => {
  const unit = fc.constantFrom("0", "1", "9", "w", "d", "h", "m", "s", "ms", " ", ".");
  const pattern = new RegExp(DURATION_PATTERN);
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 6 }), (parts) => {
      const text = parts.join("");
      assert.equal(pattern.test(text), (parseDuration(text) ?? 0) > 0, text);
    }),
    { numRuns: 2_000 },
  );
});

test("sizes have a unit of bytes", () => {
  const table = [["512B", 512], ["256MiB", 268_435_456], ["2GB", 2e9], ["1kB", 1e3], [
    "1KiB",
    1024,
  ]] as const;
  for (const [text, bytes] of table) assert.equal(parseSize(text), bytes, text);
  for (const text of ["256", "1.5GiB", "1KB", "1 MiB", "", "9999999999999TiB"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});
