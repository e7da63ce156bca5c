import type { PlacedProblem } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { harmless, stylerOf } from "./style.ts";

/** Problems of a file with the lines they stand in and a caret below the place. */
export function formatProblems(
  source: { readonly file: string; readonly text: string },
  problems: readonly PlacedProblem[],
  output: Output,
): string {
  const style = stylerOf(output);
  const lines = source.text.split(/\r\n|\n|\r/);
  const name = source.file === "-" ? "stdin" : source.file;
  return problems.map(({ line, column, message, hint }) => {
    const shown = excerpt(lines[line - 1] ?? "", column);
    const margin = " ".repeat(String(line).length);
    return style("strong", `${name}:${line}:${column}:`) + ` ${style("bad", harmless(message))}\n` +
      style("quiet", `  ${line} | `) + `${harmless(shown.text)}\n` +
      style("quiet", `  ${margin} | `) + `${shown.lead}${style("bad", "^")}\n` +
      (hint === undefined ? "" : `  ${margin}   ${harmless(hint)}\n`);
  }).join("");
}

/** The part of a line around a column, and what stands before the caret, tabs kept. */
function excerpt(line: string, column: number): { readonly text: string; readonly lead: string } {
  const from = column > MAX_WIDTH - 20 ? column - 40 : 0;
  const cut = (text: string) => text.slice(from, from + MAX_WIDTH);
  const lead = line.slice(from, column - 1).replace(/[^\t]/g, " ");
  return {
    text: (from > 0 ? "…" : "") + cut(line) + (line.length > from + MAX_WIDTH ? "…" : ""),
    lead: (from > 0 ? " " : "") + lead,
  };
}

const MAX_WIDTH = 100;
