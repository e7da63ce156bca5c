import { deepEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "./errors.ts";

test("the table of errors in the README is the list in errors.ts", async () => {
  const text = await readFile(join(import.meta.dirname!, "README.md"), "utf8");
  const rows = text.split("\n").filter((line) => /^\| `\w+` +\| [A-Z_]+ +\|/.test(line))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  const wanted = Object.entries(ERROR_CODES).map(([code, row]) => [
    `\`${code}\``,
    row.grpc,
    String(row.http),
    String(row.exit),
    row.retryable ? "yes" : "no",
    row.meaning,
  ]);
  deepEqual(rows, wanted);
});
