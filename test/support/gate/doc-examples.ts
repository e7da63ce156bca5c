import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { judgeBlocks, parseDocBlocks } from "./doc-blocks.ts";
import { runPage } from "./doc-session.ts";
import { listFiles, ROOT } from "./repository.ts";

/** The pages whose examples are done as they are written. */
const PAGES = ["README.md", ...listFiles(".md", ["docs/guide"])];

let checked = 0;
const problems: string[] = [];
for (const page of PAGES.filter((it) => existsSync(join(ROOT, it)))) {
  const blocks = parseDocBlocks(page, readFileSync(join(ROOT, page), "utf8"));
  problems.push(...judgeBlocks(blocks));
  const toCheck = blocks.filter(({ mark }) => mark.kind === "check").length;
  if (toCheck > 0) problems.push(...await runPage(blocks));
  checked += toCheck;
}
for (const problem of problems) console.error(problem);
console.log(`${checked} examples of ${PAGES.length} pages, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
