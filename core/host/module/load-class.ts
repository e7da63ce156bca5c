import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { PluginError } from "../../../protocol/errors.ts";
import type { Host, Plugin } from "../../kernel/plugin.ts";

/** A class that is a plugin: constructed with what the host offers. */
export type PluginClass = new (host: Host) => Plugin;

/**
 * Imports the module `entry` of the folder `dir` and answers its exported class. The file must lie
 * in the folder, links followed.
 *
 * @throws {PluginError} `not_found`, `denied` for a file outside, `invalid` when the module does not
 * load or exports no such class.
 */
export async function loadClass(
  dir: string,
  entry: string,
  className: string,
): Promise<PluginClass> {
  const path = await inside(dir, entry);
  let exports: Record<string, unknown>;
  try {
    exports = await import(pathToFileURL(path).href);
  } catch (reason) {
    const message = reason instanceof Error ? reason.message : String(reason);
    throw refuse("invalid", `${entry} cannot be loaded: ${message}`, reason);
  }
  const found = exports[className];
  if (typeof found !== "function") {
    const names = Object.keys(exports).join(", ") || "nothing";
    throw refuse("invalid", `${entry} exports no class ${className}; it exports ${names}`);
  }
  return found as PluginClass;
}

async function inside(dir: string, entry: string): Promise<string> {
  let folder: string;
  let path: string;
  try {
    [folder, path] = await Promise.all([realpath(dir), realpath(join(dir, entry))]);
  } catch (reason) {
    throw refuse("not_found", `there is no file ${entry} in the plugin's folder`, reason);
  }
  if (!path.startsWith(folder + sep)) {
    throw refuse("denied", `${entry} leads out of the plugin's folder`);
  }
  if (!(await stat(path)).isFile()) throw refuse("invalid", `${entry} is not a file`);
  return path;
}

function refuse(code: "not_found" | "denied" | "invalid", message: string, cause?: unknown) {
  return new PluginError(code, message, { cause });
}
