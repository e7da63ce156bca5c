import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "./table.ts";

/** Commands that people and scripts type all the time: they have to start fast. */
const HOT = ["run", "runs", "show", "logs", "cancel", "rerun", "status", "do", "version"];

/** Files and packages that loading a file loads; `import type` and dynamic imports do not count. */
function loaded(entry: URL, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(entry.href)) return found;
  found.add(entry.href);
  const text = readFileSync(entry, "utf8");
  const imports = text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^;]*?\sfrom\s+)?"([^"]+)"/gm);
  for (const [, name = ""] of imports) {
    if (name.startsWith(".")) loaded(new URL(name, entry), found);
    else found.add(name);
  }
  return found;
}

const here = new URL("./", import.meta.url);
const entries = [
  ["errand.js", new URL("./errand.js", here)],
  ["run-process.ts", new URL("./run-process.ts", here)],
  ["the client", new URL("../protocol/http/client/mod.ts", here)],
  ...HOT.map((name) => [name, new URL(`./commands/${name}.ts`, here)] as const),
] as const;

for (const [name, entry] of entries) {
  test(`${name} loads the argument parser and nothing else of others`, () => {
    const packages = [...loaded(entry)].filter((found) => !/^(?:file|node):/.test(found));
    assert.deepEqual(packages.filter((found) => found !== "@stricli/core"), []);
  });
}

test("no command loads the core before it is called", () => {
  for (const command of Object.keys(COMMANDS).filter((name) => name !== "pipeline")) {
    const files = loaded(new URL(`./commands/${command}.ts`, here));
    const core = new URL("../core/", here).href;
    assert.deepEqual([...files].filter((file) => file.startsWith(core)), []);
  }
});
