import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isGenerated, listFiles, ROOT } from "./repository.ts";

/** No file of ours may be longer; generated ones may. */
export const MAX_LINES = 400;

/** How long files are. */
export interface SizeReport {
  readonly files: number;
  readonly median: number;
  readonly p95: number;
  readonly tooLong: readonly { readonly file: string; readonly lines: number }[];
}

/** Measures line counts: [file, lines]. */
export function measure(sizes: readonly (readonly [file: string, lines: number])[]): SizeReport {
  const sorted = sizes.map(([, lines]) => lines).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  const tooLong = sizes.filter(([, lines]) => lines > MAX_LINES)
    .map(([file, lines]) => ({ file, lines }));
  return { files: sizes.length, median: at(0.5), p95: at(0.95), tooLong };
}

if (import.meta.main) {
  const sizes = listFiles(".ts").filter((file) => !isGenerated(file)).map((file) => {
    const lines = readFileSync(join(ROOT, file), "utf8").split("\n").length - 1;
    return [file, lines] as const;
  });
  const { files, median, p95, tooLong } = measure(sizes);
  for (const { file, lines } of tooLong) {
    console.error(`${file} has ${lines} lines, at most ${MAX_LINES} are wanted: split it by noun`);
  }
  console.log(`${files} files, median ${median} lines, p95 ${p95}`);
  process.exitCode = tooLong.length === 0 ? 0 : 1;
}
