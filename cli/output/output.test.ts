import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryProcess } from "../testing/memory-process.ts";
import { LineAssembler } from "./lines.ts";
import { formatProblems } from "./problems.ts";
import { harmless, stylerOf } from "./style.ts";
import { formatTable } from "./table.ts";
import { durationBetween, formatDuration } from "./time.ts";

test("durations are short and do not round up into another unit's name", () => {
  for (
    const [ms, text] of [
      [0, "0ms"],
      [999, "999ms"],
      [1000, "1.0s"],
      [59_949, "59.9s"],
      [59_950, "1m00s"],
      [3_599_999, "1h00m"],
      [3_720_000, "1h02m"],
      [90_000_000, "1d01h"],
    ] as const
  ) {
    assert.equal(formatDuration(ms), text);
  }
});

test("a duration with a missing end is empty, a backward clock shows 0", () => {
  assert.equal(durationBetween("2026-01-01T00:00:00.000Z", null), "");
  assert.equal(durationBetween("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:00.000Z"), "0ms");
});

test("columns of a table are as wide as what is seen, colours and wide letters left out", () => {
  assert.equal(
    formatTable(["A", "B"], [["\x1b[31mred\x1b[39m", "x"], ["é𝒳", ""], ["", "y"]]),
    "A    B\n\x1b[31mred\x1b[39m  x\né𝒳\n     y\n",
  );
});

test("control characters become visible", () => {
  assert.equal(harmless("a\tb\x1b[2J\r\n\x9b\0"), "a\tb·[2J····");
});

test("colours are for terminals only", () => {
  assert.equal(stylerOf(memoryProcess().context.process.stdout)("bad", "x"), "x");
  const terminal = memoryProcess({ terminal: true }).context.process.stdout;
  assert.equal(stylerOf(terminal)("bad", "x"), "\x1b[31mx\x1b[39m");
});

test("an endless line is told in pieces of bounded length", () => {
  const lines = new LineAssembler();
  const told = [...lines.push("x".repeat(200_000)), ...lines.push("y\nz")];
  assert.equal(told.join(""), "x".repeat(200_000) + "y");
  assert.ok(told.every((line) => line.length <= 65_536));
  assert.equal(lines.flush(), "z");
  assert.equal(lines.flush(), undefined);
});

test("the caret stands below its place, in long lines and behind tabs", () => {
  const { stdout } = memoryProcess().context.process;
  const long = `${"a".repeat(200)}HERE${"b".repeat(200)}`;
  for (const [text, column] of [[long, 201], ["\t\tHERE", 3], ["HERE", 1]] as const) {
    const problem = { code: "x", message: "m", line: 1, column };
    const lines = formatProblems({ file: "f", text }, [problem], stdout).split("\n");
    const [, shown = "", caret = ""] = lines;
    assert.equal(shown.slice(caret.indexOf("^"), caret.indexOf("^") + 4), "HERE");
    assert.equal(lines[0], `f:1:${column}: m`);
    assert.ok(shown.length < 130);
  }
});
