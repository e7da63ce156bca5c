import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CHECKS } from "./checks.ts";
import { parseDocBlocks } from "./doc-blocks.ts";
import { ROOT } from "./repository.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

test("README begins with the two commands, and .ci/run types both", () => {
  const [demo, tests] = parseDocBlocks("README.md", read("README.md"));
  assert.equal(demo?.text, "npm ci && npm run demo");
  assert.equal(tests?.text, "npm ci && npm test");
  const lines = read(".ci/run").split("\n");
  assert.ok(lines.includes(tests.text), "the tests are not typed as README says");
  assert.ok(lines.some((line) => /^step .* npm run -s demo$/.test(line)), "no demo");
});

test("what .ci runs are scripts that exist, and files that may be executed", () => {
  for (const path of [".ci/run", ".ci/full"]) {
    assert.ok(statSync(join(ROOT, path)).mode & 0o100, `${path} is not executable`);
    const names = [...read(path).matchAll(/npm run -s ([\w:-]+)/g)].map((match) => match[1]!);
    assert.deepEqual(names.filter((name) => !(name in scripts)), [], path);
  }
});

test("scripts that AGENTS.md and the pages name exist", () => {
  const pages = ["AGENTS.md", "README.md", "docs/contributing/README.md"];
  const names = [...pages, "docs/contributing/testing.md", "docs/contributing/pages.md"]
    .flatMap((page) => [...read(page).matchAll(/npm run (?:-s )?([\w:-]+)/g)])
    .map((match) => match[1]!);
  assert.deepEqual([...new Set(names)].filter((name) => !(name in scripts)), []);
});

test("every check of the gate names a script of ours or an installed program", () => {
  const bin = (name: string) => statSync(join(ROOT, "node_modules/.bin", name)).isFile();
  for (const { name, commands } of CHECKS) {
    for (const [program, file] of commands) {
      assert.ok(program === "node" ? statSync(join(ROOT, file!)).isFile() : bin(program), name);
    }
  }
});
