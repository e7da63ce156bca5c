import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePipeline, PROBLEM_CODES } from "./mod.ts";

/** A file that must be refused, and how. */
interface BadFile {
  readonly title: string;
  /** Its lines. */
  readonly file: readonly string[];
  /** `line:column code`, in order. */
  readonly problems: readonly string[];
}

/** Tests a table of bad files: each problem has its code and its place, and nothing else is found. */
export function checkBadFiles(files: readonly BadFile[]): void {
  for (const { title, file, problems } of files) {
    test(`a file is refused for ${title}`, () => {
      const read = parsePipeline(file.join("\n"));
      assert.deepEqual(
        read.problems.map(({ line, column, code }) => `${line}:${column} ${code}`),
        problems,
      );
      assert.equal(read.pipeline, undefined);
      for (const { code, message } of read.problems) {
        assert.ok(Object.hasOwn(PROBLEM_CODES, code), code);
        assert.match(message, /^[^A-Z\n][^\n]*[^.\n]$/, "one lower-case sentence without a stop");
      }
    });
  }
}
