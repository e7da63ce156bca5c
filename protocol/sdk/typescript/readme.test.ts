import { deepEqual, equal, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { Buffer } from "node:buffer";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openModule } from "../../../core/host/mod.ts";
import { writeFiles } from "../../../test/support/plugin-folder.ts";
import { parseManifest } from "../../manifest/mod.ts";

const HERE = import.meta.dirname!;
const ROOT = join(HERE, "../../..");

/** The example in a folder of its own, with the sources here in place of the package. */
async function withExample(use: (dir: string, manifest: string) => Promise<void>): Promise<void> {
  const text = await readFile(join(HERE, "README.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  const manifest = /```json\n([\s\S]*?)```/.exec(text)?.[1];
  ok(code && manifest, "the README has no example");
  const dir = await mkdtemp(join(tmpdir(), "errand-example-"));
  try {
    const source = code.replace("errand/sdk", join(HERE, "mod.ts"));
    await writeFiles(dir, {
      "fixed-secrets.ts": source,
      "plugin.json": manifest,
      "package.json": { type: "module" },
    });
    await use(dir, manifest);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test("the README's example passes the type check", async () => {
  await withExample(async (dir) => {
    const config = {
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
      include: ["*.ts"],
    };
    await writeFiles(dir, { "tsconfig.json": config });
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const output = await run("node", [tsc, "--noEmit", "--project", dir]);
    equal(output, "");
  });
});

test("the README's example runs, and its manifest is right", async () => {
  await withExample(async (dir, text) => {
    const { manifest, problems } = parseManifest(text);
    deepEqual(problems, []);
    const signal = new AbortController().signal;
    const messages: string[] = [];
    const handle = await openModule({
      manifest: manifest!,
      dir,
      instance: "fixed",
      installation: "test",
      generation: 1,
      dataDir: "",
      config: { value: "42" },
      grants: [],
      ports: { log: ({ message }) => void messages.push(message) },
    }, signal);
    const ref = { namespace: "", pipeline: "", name: "any", version: "" };
    const { values } = await handle.secretStore!.get([ref], signal);
    equal(Buffer.from(values[0]!.value).toString(), "42");
    await handle.close();
    deepEqual(messages, ["configured"]);
  });
});

/** What a program prints on both streams. */
function run(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(program, [...args], { env, timeout: 120_000 }, (error, stdout, stderr) => {
      const output = stdout + stderr;
      resolve(output === "" && error ? error.message : output);
    });
  });
}
