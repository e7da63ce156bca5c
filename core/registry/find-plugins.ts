import { type Dirent } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";
import { type Manifest, MAX_MANIFEST_BYTES, parseManifest } from "../../protocol/manifest/mod.ts";
import { digestFolder } from "./digest-folder.ts";

/** A folder of plugins: `<name>/plugin.json` or `<interface>/<name>/plugin.json`. */
export interface PluginRoot {
  readonly dir: string;
  /** True for the server's own: their modules run in its process. */
  readonly builtIn: boolean;
}

/** A plugin's folder with a manifest that is right. */
export interface FoundPlugin {
  readonly dir: string;
  readonly builtIn: boolean;
  readonly manifest: Manifest;
  /** Of the folder's content, in hexadecimal. */
  readonly sha256: string;
}

/** A plugin's folder that cannot be used, and why. */
export interface BrokenPlugin {
  readonly dir: string;
  /** The folder's name: there may be no better one. */
  readonly id: string;
  readonly reason: string;
}

const MANIFEST = "plugin.json";

/**
 * Finds all plugins below the roots, in the order of roots and names. A broken one is an entry of
 * its own. An absent root has none.
 */
export async function findPlugins(
  roots: readonly PluginRoot[],
): Promise<{ readonly found: readonly FoundPlugin[]; readonly broken: readonly BrokenPlugin[] }> {
  const found: FoundPlugin[] = [];
  const broken: BrokenPlugin[] = [];
  for (const root of roots) {
    for (const dir of await pluginFolders(root.dir)) {
      try {
        const plugin = await readPlugin(dir, root.builtIn);
        const twin = found.find((it) => it.manifest.id === plugin.manifest.id);
        if (twin) {
          throw new ErrandError("conflict", `its id ${plugin.manifest.id} is that of ${twin.dir}`);
        }
        found.push(plugin);
      } catch (reason) {
        broken.push({ dir, id: basename(dir), reason: ErrandError.from(reason).message });
      }
    }
  }
  return { found, broken };
}

/** Folders with a manifest, or without one where a plugin belongs. */
async function pluginFolders(root: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const name of await subfolders(root)) {
    const dir = join(root, name);
    const inner = await readdir(dir, { withFileTypes: true });
    if (inner.some((it) => it.name === MANIFEST)) folders.push(dir);
    else folders.push(...namesOf(inner).map((it) => join(dir, it)));
  }
  return folders;
}

async function subfolders(dir: string): Promise<readonly string[]> {
  try {
    return namesOf(await readdir(dir, { withFileTypes: true }));
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw reason;
  }
}

function namesOf(entries: readonly Dirent[]): readonly string[] {
  return entries.filter((it) => it.isDirectory() && !it.name.startsWith("."))
    .map((it) => it.name).sort();
}

async function readPlugin(dir: string, builtIn: boolean): Promise<FoundPlugin> {
  const { manifest, problems } = parseManifest(await readManifest(join(dir, MANIFEST)));
  if (manifest === undefined) {
    const said = problems.map(({ path, message }) => path === "" ? message : `${path} ${message}`);
    throw new ErrandError("invalid", `${MANIFEST}: ${said.join("; ")}`);
  }
  return { dir, builtIn, manifest, sha256: await digestFolder(dir) };
}

/** One byte more than allowed is read at most: `parseManifest` then says that it is too large. */
async function readManifest(path: string): Promise<string> {
  let file;
  try {
    file = await open(path);
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code !== "ENOENT") throw reason;
    throw new ErrandError("not_found", `the folder has no ${MANIFEST}`);
  }
  try {
    const bytes = new Uint8Array(MAX_MANIFEST_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
