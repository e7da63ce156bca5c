import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PluginError } from "../../../protocol/sdk/typescript/mod.ts";
import { PROTOCOL } from "./launcher-wire.ts";

/** The two launchers: a native program, and one in TypeScript for machines that have no such program. */
export type LauncherKind = "native" | "fallback";

/** A program and its first arguments. */
export interface LauncherCommand {
  readonly kind: LauncherKind;
  readonly file: string;
  readonly args: readonly string[];
}

/** How long a launcher may take until its socket answers. */
const START_MS = 20_000;

/** Bytes of a socket's path: 108 on Linux, 104 on macOS, the NUL included. */
const MOST_PATH_BYTES = 103;

/**
 * The launcher for this machine: the native one where `kind` is undefined and one fits.
 *
 * @throws {Error} when the native one is wanted and there is none.
 */
export async function findLauncher(kind: LauncherKind | undefined): Promise<LauncherCommand> {
  const name = `errand-launcher-${process.platform}-${process.arch}`;
  const native = fileURLToPath(new URL(`./bin/${name}`, import.meta.url));
  if (kind !== "fallback") {
    const found = await isProgram(native);
    if (found) return { kind: "native", file: native, args: [] };
    if (kind === "native") {
      throw new Error(`there is no launcher for ${process.platform} ${process.arch}: "${native}"`);
    }
  }
  const script = fileURLToPath(new URL("./fallback/main.ts", import.meta.url));
  const args = "Deno" in globalThis ? ["run", "-A", "--no-config", script] : [script];
  return { kind: "fallback", file: process.execPath, args };
}

/** Some ways of copying a repository lose the mode of a file. */
async function isProgram(path: string): Promise<boolean> {
  if (await access(path, constants.X_OK).then(() => true, () => false)) return true;
  return await chmod(path, 0o755).then(() => true, () => false);
}

/** Starts a launcher in the background; resolves when its socket answers. */
export function startLauncher(
  command: LauncherCommand,
  at: { readonly folder: string; readonly socketPath: string; readonly idleMs: number },
): Promise<void> {
  const args = [...command.args, at.folder, at.socketPath, String(at.idleMs)];
  return new Promise((resolve, reject) => {
    execFile(command.file, args, { env: {}, timeout: START_MS }, (error, _, stderr) => {
      if (!error) return resolve();
      const why = String(stderr).trim() || error.message;
      reject(
        new PluginError("unavailable", `the launcher did not start: ${why}`, { cause: error }),
      );
    });
  });
}

/**
 * Where the launcher of a folder listens: in the folder itself, or, where that path is too long for
 * a socket, in a private folder under the temporary one.
 *
 * @throws {Error} when that private folder is somebody else's.
 */
export async function socketPathOf(folder: string): Promise<string> {
  const name = `launcher-${PROTOCOL}.sock`;
  const path = join(folder, name);
  if (new TextEncoder().encode(path).length <= MOST_PATH_BYTES) return path;
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const short = join(tmpdir(), `errand-${hash}`);
  await mkdir(short, { mode: 0o700 }).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  const facts = await lstat(short);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.() || (facts.mode & 0o077) !== 0) {
    throw new Error(`"${short}" is not a private folder of ours: remove it`);
  }
  return join(short, name);
}
