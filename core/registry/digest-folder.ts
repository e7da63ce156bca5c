import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";

const MAX_FILES = 2_000;
const MAX_BYTES = 268_435_456;

/**
 * The SHA-256 of a folder's content: of the lines `<sha256 of the file>  <path>`, in byte order of
 * the paths, as `sha256sum` prints them. Links count as what they lead to.
 *
 * @throws {ErrandError} `too_large` above 2,000 files or 256 MiB.
 */
export async function digestFolder(dir: string): Promise<string> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const paths = entries.filter((it) => !it.isDirectory()).map((it) => join(it.parentPath, it.name));
  if (paths.length > MAX_FILES) {
    throw new ErrandError("too_large", `the folder has more than ${MAX_FILES} files`);
  }
  const lines: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    bytes += (await stat(path)).size;
    if (bytes > MAX_BYTES) {
      throw new ErrandError("too_large", `the folder has more than ${MAX_BYTES} bytes`);
    }
    const digest = createHash("sha256").update(await readFile(path)).digest("hex");
    lines.push(`${relative(dir, path).split(sep).join("/")}\n${digest}`);
  }
  const hash = createHash("sha256");
  for (const line of lines.sort()) {
    const [path, digest] = line.split("\n");
    hash.update(`${digest}  ${path}\n`);
  }
  return hash.digest("hex");
}
