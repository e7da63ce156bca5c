import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const LINT = dirname(fileURLToPath(import.meta.url));
const DENO = join(LINT, "../../node_modules/.bin/deno");

/** A file of a small house, and the rule that must object to it. */
const BAD: readonly (readonly [path: string, source: string, rule: string])[] = [
  ["core/run/a.ts", 'import "../store/mod.ts";', "layers"],
  ["core/run/b.ts", 'export { x } from "../store/mod.ts";', "layers"],
  ["core/run/c.ts", 'export type T = typeof import("../store/mod.ts");', "layers"],
  ["core/run/d.ts", 'export const m = () => import("../store/mod.ts");', "layers"],
  ["core/store/a.ts", 'import { type Run } from "../run/mod.ts";\nexport type A = Run;', "layers"],
  ["core/http/a.ts", 'import "effect";', "layers"],
  ["cli/a.ts", "export const load = (name: string) => import(name);", "layers"],
  ["cli/commands/runs.ts", "export const a = (it) => it.ports.startServer();", "doors"],
  ["cli/commands/show.ts", "export const a = ({ ports }) => ports.readPipeline();", "doors"],
  ["core/run/e.ts", 'export * from "./f.ts";', "no-export-star"],
  ["core/run/g.ts", "export enum State { on }", "erasable"],
  ["core/run/h.ts", "export namespace N { export const a = 1; }", "erasable"],
  ["core/run/i.ts", "export class A { constructor(readonly b: number) {} }", "erasable"],
];

const GOOD: readonly (readonly [path: string, source: string])[] = [
  ["core/store/mod.ts", 'import type { Run } from "../run/mod.ts";\nexport type A = Run;'],
  ["core/run/mod.ts", 'export { a } from "./a.ts";\nexport type { b } from "../pipeline/mod.ts";'],
  ["cli/real-ports.ts", 'export const load = () => import("../core/server.ts");'],
  ["cli/commands/serve.ts", "export const a = (it) => it.ports.startServer();"],
  ["cli/commands/runs.ts", "export const a = (it) => it.ports.openClient();"],
  ["core/host/a.ts", "export const load = (name: string) => import(name);"],
  ["core/run/a.test.ts", 'import "../store/tables.ts";'],
];

test("deno lint objects to each bad file by the right rule", async () => {
  const found = await lint(BAD);
  for (const [path, , rule] of BAD) {
    assert.deepEqual(found.get(path), [`house/${rule}`], path);
  }
});

test("deno lint has nothing to say about good files", async () => {
  assert.deepEqual([...await lint(GOOD)], []);
});

/** Lints a small house that has our plugin at its place; answers the rules broken, by file. */
async function lint(
  files: readonly (readonly [path: string, source: string, ...unknown[]])[],
): Promise<Map<string, string[]>> {
  const root = await mkdtemp(join(tmpdir(), "errand-lint-"));
  try {
    for (const name of ["layers.ts", "judge-import.ts", "zones.ts"]) {
      await cp(join(LINT, name), join(root, "test/lint", name));
    }
    const config = { lint: { plugins: ["./test/lint/layers.ts"], rules: { tags: [] } } };
    await writeFile(join(root, "deno.json"), JSON.stringify(config));
    for (const [path, source] of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), `${source}\n`);
    }
    const { diagnostics, errors } = await denoLint(root, files.map(([path]) => path));
    assert.deepEqual(errors, []);
    const found = new Map<string, string[]>();
    for (const { filename, code } of diagnostics) {
      const path = fileURLToPath(filename).slice(root.length + 1);
      found.set(path, [...found.get(path) ?? [], code]);
    }
    return found;
  } finally {
    await rm(root, { recursive: true });
  }
}

interface LintAnswer {
  readonly diagnostics: readonly { readonly filename: string; readonly code: string }[];
  readonly errors: readonly unknown[];
}

function denoLint(root: string, files: readonly string[]): Promise<LintAnswer> {
  return new Promise((resolve, reject) => {
    const args = ["lint", "--json", ...files];
    execFile(DENO, args, { cwd: root, timeout: 60_000 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`deno lint gave no report: ${stderr}`, { cause: error }));
      }
    });
  });
}
