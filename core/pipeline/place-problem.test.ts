import { deepStrictEqual } from "node:assert/strict";
import { it } from "node:test";
import { placeProblem } from "./place-problem.ts";

const TEXT = "name: p\ntasks:\n  a:\n    run: x\n    scheduler: nomad\n  b: {run: y}\n";

for (
  const [path, line, column] of [
    [["tasks", "a", "scheduler"], 5, 16],
    [["tasks", "b", "scheduler"], 6, 3],
    [["defaults", "scheduler"], 1, 1],
  ] as const
) {
  it(`a problem at ${path.join(".")} stands at ${line}:${column}`, () => {
    deepStrictEqual(
      placeProblem(TEXT, { path, code: "unknown_scheduler", message: "no such scheduler" }),
      { code: "unknown_scheduler", message: "no such scheduler", line, column },
    );
  });
}
