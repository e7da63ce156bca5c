import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { REFERENCE_PAGES } from "./reference/pages.ts";
import { ROOT } from "./repository.ts";

/** `npm run docs` writes `docs/reference`; with `--check` it only says which pages are out of date. */
const check = process.argv.includes("--check");
let stale = 0;
for (const [name, make] of Object.entries(REFERENCE_PAGES)) {
  const path = join(ROOT, "docs/reference", name);
  const wanted = await make();
  if (await readFile(path, "utf8").catch(() => undefined) === wanted) continue;
  stale++;
  if (check) console.error(`docs/reference/${name} is out of date: run npm run docs`);
  else await writeFile(path, wanted);
}
const count = Object.keys(REFERENCE_PAGES).length;
console.log(`${count} pages, ${stale} ${check ? "out of date" : "written"}`);
process.exitCode = check && stale > 0 ? 1 : 0;
