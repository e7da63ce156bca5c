import { accessSync, chmodSync, constants, existsSync, mkdirSync } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { ErrandError } from "../../protocol/errors.ts";

/** The folders and files of a data directory. */
export interface DataDir {
  readonly path: string;
  readonly database: string;
  readonly logs: string;
  readonly work: string;
  readonly instances: string;
  readonly serverFile: string;
  readonly tokenFile: string;
}

/**
 * Makes the data directory as far as it is missing. As root its tasks run under another uid: that
 * one may pass through to its workspace, and read nothing else.
 *
 * @throws {ErrandError} `denied` when it cannot be written
 */
export function openDataDir(path: string): DataDir {
  const dir: DataDir = {
    path,
    database: join(path, "errand.db"),
    logs: join(path, "logs"),
    work: join(path, "work"),
    instances: join(path, "instances"),
    serverFile: join(path, "server.json"),
    tokenFile: join(path, "admin.token"),
  };
  const passable = isRoot() ? 0o711 : 0o700;
  try {
    mkdirSync(path, { recursive: true, mode: passable });
    chmodSync(path, passable);
    accessSync(path, constants.W_OK | constants.X_OK);
    for (
      const [folder, mode] of [[dir.work, passable], [dir.instances, passable], [
        dir.logs,
        0o700,
      ]] as const
    ) {
      mkdirSync(folder, { recursive: true, mode });
      chmodSync(folder, mode);
    }
  } catch (error) {
    throw refused(path, reasonOf(path, error));
  }
  return dir;
}

/**
 * Writes a file whole or not at all, for its owner only.
 *
 * @throws {ErrandError} `full`, `denied`, `invalid` when something that is no file is in its place
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { mode: 0o600 });
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error says more
    throw fileRefused(path, error);
  }
}

/** Why a file of a data directory cannot be read or written, and what to do. */
export function fileRefused(path: string, error: unknown): ErrandError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const options = { cause: error };
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `no space left for ${path}: free some, then start again`;
    return new ErrandError("full", message, options);
  }
  if (NO_FILE.has(code)) {
    const message = `something that is no file is in the place of ${path}: move it away`;
    return new ErrandError("invalid", message, options);
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const message =
      `${path} cannot be used (${code}): change its owner or mode, or choose another with --data`;
    return new ErrandError("denied", message, options);
  }
  return new ErrandError("internal", `cannot use ${path}: ${String(error)}`, options);
}

const NO_FILE: ReadonlySet<string> = new Set([
  ...["EISDIR", "ERR_FS_EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY"],
]);

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Making a folder with its parents says ENOENT where the truth is that a parent takes no writes. */
function reasonOf(path: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
  let parent = dirname(path);
  while (!existsSync(parent)) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return error;
  } catch (reason) {
    return reason;
  }
}

function refused(path: string, error: unknown): ErrandError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC") {
    return new ErrandError("full", `no space left for ${path}: free some, then start again`);
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return new ErrandError("invalid", `${path} is not a directory: choose another with --data`);
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new ErrandError(
      "denied",
      `${path} cannot be written (${code}): change its owner or mode, or choose another with --data`,
    );
  }
  return new ErrandError("internal", `cannot open ${path}: ${String(error)}`, { cause: error });
}
