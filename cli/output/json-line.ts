import type { Output } from "../context.ts";

/** Writes one JSON value as one line. */
export function writeJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value)}\n`);
}
