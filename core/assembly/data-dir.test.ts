import assert from "node:assert/strict";
import { test } from "node:test";
import { fileRefused } from "./data-dir.ts";

test("what the system refuses about a file is one sentence with the right code", () => {
  const cases = [
    ["ENOSPC", "full", /no space left for \/d\/server\.json: free some/],
    ["EDQUOT", "full", /no space left/],
    ["EISDIR", "invalid", /no file is in the place of \/d\/server\.json: move it away/],
    ["EACCES", "denied", /server\.json cannot be used \(EACCES\): .*--data/],
    ["EROFS", "denied", /\(EROFS\)/],
    ["EIO", "internal", /cannot use \/d\/server\.json: .*broken/],
  ] as const;
  for (const [system, code, sentence] of cases) {
    const cause = Object.assign(new Error("broken"), { code: system });
    const error = fileRefused("/d/server.json", cause);
    assert.equal(error.code, code, system);
    assert.match(error.message, sentence);
    assert.equal(error.cause, cause);
  }
});
