import { stripVTControlCharacters } from "node:util";

/** Lines of a table: columns as wide as their widest cell, two spaces between, no trailing ones. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  return all.map((row) =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - width(cell))).join("  ")
      .trimEnd() + "\n"
  ).join("");
}

/** Colours take no room. */
function width(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
