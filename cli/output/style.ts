import { styleText } from "node:util";
import type { Output } from "../context.ts";

/** What something means, rather than its colour. */
export type Style = "good" | "bad" | "warn" | "quiet" | "strong" | "active";

const FORMATS = {
  good: "green",
  bad: "red",
  warn: "yellow",
  quiet: "dim",
  strong: "bold",
  active: "cyan",
} as const;

/** Puts a style around a text, where the output wants colours. */
export type Styler = (style: Style, text: string) => string;

/** The styler of an output. */
export function stylerOf(output: Output): Styler {
  if (!output.color) return (_, text) => text;
  return (style, text) => styleText(FORMATS[style], text, { validateStream: false });
}

/** How the state of a run, task or attempt looks. */
export function stateStyle(state: string): Style {
  if (state === "succeeded") return "good";
  if (state === "failed" || state === "lost" || state === "timed_out") return "bad";
  if (state === "cancelled") return "warn";
  if (state === "running" || state === "starting") return "active";
  return "quiet";
}

/** Text from outside made harmless for a terminal: control characters but tab appear as `·`. */
export function harmless(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "·");
}
