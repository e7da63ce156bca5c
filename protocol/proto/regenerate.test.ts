import { deepEqual, equal } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";

const PROTOCOL = join(import.meta.dirname!, "..");
const BIN = join(PROTOCOL, "../node_modules/.bin");

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs buf as it was installed: offline, and with the generator beside it. */
function buf(...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env["PATH"]}` };
  return new Promise((resolve) => {
    const options = { cwd: PROTOCOL, env, timeout: 60_000 };
    execFile(join(BIN, "buf"), [...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

test("the proto files follow the rules of the linter and its format", async () => {
  deepEqual(await buf("lint"), { code: 0, output: "" });
  deepEqual(await buf("format", "--diff", "--exit-code"), { code: 0, output: "" });
});

test("the committed code is what the generator makes, byte for byte", async () => {
  const folder = await mkdtemp(join(tmpdir(), "errand-gen-"));
  try {
    deepEqual(await buf("generate", "--output", folder), { code: 0, output: "" });
    const made = await filesOf(join(folder, "gen"));
    const committed = await filesOf(join(PROTOCOL, "gen"));
    deepEqual([...made.keys()], [...committed.keys()]);
    for (const [name, text] of made) {
      equal(committed.get(name) === text, true, `${name} differs: run "buf generate" in protocol`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function filesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = entries.filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name)).sort();
  const files = new Map<string, string>();
  for (const name of names) files.set(name.slice(dir.length), await readFile(name, "utf8"));
  return files;
}
