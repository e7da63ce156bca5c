import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that goes when its scope ends. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "errand-test-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The manifest of a secret store that is a module, but for the keys given. */
export function moduleManifest(keys: Readonly<Record<string, unknown>> = {}) {
  return {
    id: "sample",
    version: "1.0.0",
    protocol: { min: 1, max: 1 },
    interfaces: ["secret_store"],
    runtime: { kind: "module", entry: "sample.ts", class: "Sample" },
    description: "A sample",
    license: "Apache-2.0",
    traits: { secret_store: { writable: false, versions: false } },
    ...keys,
  };
}

/** Source of a class that is a correct secret store of this manifest; `members` come last and win. */
export function sampleSource(manifest: object, members = ""): string {
  return `
const manifest = ${JSON.stringify(manifest)};
export const calls = globalThis.__sampleCalls ??= [];
export class Sample {
  constructor(host) { this.host = host; }
  async info() {
    const { id, version, protocol, interfaces, traits } = manifest;
    return { id, version, protocol, interfaces, traits: JSON.stringify(traits),
      configSchema: JSON.stringify(manifest.configSchema ?? {}), taskSchema: "{}" };
  }
  async configure(request) { this.request = request; return { problems: [] }; }
  async health() { return { state: "ready", message: "" }; }
  async shutdown() {}
  async get(refs) {
    return { values: refs.map((ref) => ({ found: true, version: "", expiresAtMs: 0,
      value: new TextEncoder().encode(ref.name + " of " + this.request.instance) })) };
  }
  async list() { return { names: [], cursor: "" }; }
  ${members}
}`;
}

/** Writes files into a folder, by relative path; objects as JSON. */
export async function writeFiles(
  dir: string,
  files: Readonly<Record<string, string | object>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return dir;
}
