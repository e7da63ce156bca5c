import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./repository.ts";

const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
const npm = read("package.json");
const deno = read("deno.json");

test("package.json and deno.json export the same names from the same files", () => {
  assert.deepEqual(deno.exports ?? {}, npm.exports ?? {});
});

test("every exported file exists", () => {
  const files = Object.values<string>(npm.exports ?? {});
  assert.deepEqual(files.filter((file) => !existsSync(join(ROOT, file))), []);
});

test("package.json and deno.json have the same version", () => {
  assert.equal(deno.version, npm.version);
});

test("what a task does with deno, the script of that name does with node", () => {
  for (const name of Object.keys(deno.tasks ?? {})) {
    const task = String(deno.tasks[name]).replace(
      /^\.\/node_modules\/\.bin\/deno run -A /,
      "node ",
    );
    assert.equal(npm.scripts[name], task, name);
  }
});
