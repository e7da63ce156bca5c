import type { Output } from "../context.ts";
import type { PipelineChange } from "../ports.ts";
import { harmless, type Styler, stylerOf } from "./style.ts";

/** Changes of a pipeline: a line for what is gone and one for what is new, texts line by line. */
export function formatChanges(changes: readonly PipelineChange[], output: Output): string {
  const style = stylerOf(output);
  return changes.map(({ path, before, after }) =>
    style("strong", `@ ${path}\n`) + side(style, "-", before) + side(style, "+", after)
  ).join("");
}

function side(style: Styler, sign: "-" | "+", value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return text.replace(/\n$/, "").split("\n")
    .map((line) => `${style(sign === "-" ? "bad" : "good", `${sign} ${harmless(line)}`)}\n`).join(
      "",
    );
}
