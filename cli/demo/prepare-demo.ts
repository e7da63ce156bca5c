import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ErrandError } from "../../protocol/errors.ts";

/** What the demo's pipeline is given. */
export interface DemoInput {
  /** The pipeline file's text. */
  readonly pipeline: string;
  readonly params: { readonly docs: string; readonly scripts: string };
}

/**
 * Copies the documentation and the demo's scripts into `folder`, readable for everybody. As root,
 * tasks run under another uid, to which this repository may be closed; running them as root instead
 * would show something that nobody should do.
 */
export async function prepareDemo(
  folder: string,
  repository: string = fileURLToPath(new URL("../../", import.meta.url)),
): Promise<DemoInput> {
  const example = join(repository, "docs", "examples", "demo");
  const pipeline = await readFile(join(example, "errand.yaml"), "utf8").catch((cause) => {
    const message = `the demo's pipeline is not in ${example}: run the demo in a clone`;
    throw new ErrandError("not_found", message, { cause });
  });
  const [docs, scripts] = [join(folder, "docs"), join(folder, "scripts")];
  await makeOpenFolder(folder);
  await makeOpenFolder(scripts);
  for (const name of await readdir(example)) {
    if (/\.(?:sh|awk)$/.test(name)) await copyOpen(join(example, name), join(scripts, name));
  }
  await makeOpenFolder(docs);
  const made = new Set([docs]);
  const paths = ["."];
  for await (const { path, isFile } of walk(repository)) {
    const name = relative(repository, path);
    paths.push(name);
    if (!isFile || !name.endsWith(".md")) continue;
    await makeFolders(join(docs, dirname(name)), made);
    await copyOpen(path, join(docs, name));
  }
  await writeOpen(join(docs, "tree.txt"), `${paths.join("\n")}\n`);
  return { pipeline, params: { docs, scripts } };
}

/** More would not be this repository. */
const MAX_PATHS = 50_000;

async function* walk(
  root: string,
): AsyncGenerator<{ readonly path: string; readonly isFile: boolean }, void> {
  const folders = [root];
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      if (++count > MAX_PATHS) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (!entry.isFile()) continue;
      yield { path, isFile: entry.isFile() };
    }
  }
}

async function makeFolders(folder: string, made: Set<string>): Promise<void> {
  if (made.has(folder)) return;
  await makeFolders(dirname(folder), made);
  await makeOpenFolder(folder);
  made.add(folder);
}

/** The modes are set afterwards: the umask must not take from them. */
async function makeOpenFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

async function copyOpen(from: string, to: string): Promise<void> {
  if ((await stat(from)).size > 4 * 1024 * 1024) return;
  await writeOpen(to, await readFile(from));
}

async function writeOpen(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content);
  await chmod(file, 0o644);
}
