#!/usr/bin/env node
// Starts the command line through Node's compile cache, which keeps the code with its types
// stripped: a cold start takes half the time. Plain JavaScript, because an entry in TypeScript is
// stripped before there can be a cache.
import { mkdirSync, statSync } from "node:fs";
import * as module from "node:module";
import { join } from "node:path";

// an older Node cannot read the sources at all: say so in a sentence, not in a stack
const [major] = process.versions.node.split(".");
if (!("Deno" in globalThis) && Number(major) < 24) {
  console.error(
    `errand: this is Node ${process.versions.node}, and Errand runs on Node 24 or newer: npm ci brings ` +
      "it into the clone, and npm run -s errand -- ARGS uses it",
  );
  process.exit(70);
}

// the global: importing node:process would open all three streams
const { HOME, XDG_CACHE_HOME } = process.env;
const parent = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
if (parent && module.enableCompileCache && isOurs(XDG_CACHE_HOME || HOME)) {
  const folder = join(parent, "errand", "compile");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {
    // a folder that cannot be written costs time only
  }
}
const argv = process.argv.slice(2);
// asked for by scripts all the time: not worth a parser
if (argv.length === 1 && (argv[0] === "version" || argv[0] === "--version")) {
  const { packageVersion } = await import("../protocol/package-version.ts");
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const { runProcess } = await import("./run-process.ts");
  await runProcess(argv);
}

/** Cached code is run: under sudo, never out of a folder that another user may write to. */
function isOurs(folder) {
  try {
    return statSync(folder).uid === process.geteuid?.();
  } catch {
    return false;
  }
}
