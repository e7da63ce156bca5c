import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository, absolute, without a `/` at its end. */
export const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** The rooms that hold our sources. */
export const SOURCE_FOLDERS = ["core", "protocol", "plugins", "cli", "test", "docs"] as const;

const NOT_OURS = new Set(["node_modules", "fixtures", "results"]);

/** The files of the given folders whose name ends as given, sorted, relative to the root. */
export function listFiles(
  ending: string,
  folders: readonly string[] = SOURCE_FOLDERS,
): readonly string[] {
  return folders.flatMap((folder) => walk(join(ROOT, folder)))
    .filter((path) => path.endsWith(ending))
    .map((path) => relative(ROOT, path))
    .sort();
}

/** True for code that a generator wrote. */
export function isGenerated(path: string): boolean {
  return path.startsWith("protocol/gen/");
}

function walk(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}
