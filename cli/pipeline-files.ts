import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ErrandError } from "../protocol/errors.ts";
import type { CliContext } from "./context.ts";
import type { PipelineReading } from "./ports.ts";

/** The pipeline file where none is named. */
export const DEFAULT_FILE = "errand.yaml";

/** A pipeline file: its name as typed, `-` for standard input, and its text. */
export interface PipelineText {
  readonly file: string;
  readonly text: string;
}

/** A pipeline file that was read. */
export interface ReadFile extends PipelineText {
  readonly reading: PipelineReading;
}

/**
 * Reads one pipeline file; `-` is standard input.
 *
 * @throws {ErrandError} `not_found`, `denied`, `invalid` (a folder)
 */
export async function loadPipelineFile(context: CliContext, file: string): Promise<ReadFile> {
  const text = file === "-"
    ? await context.process.stdin.readText()
    : await readText(context, file);
  return { file, text, reading: await context.ports.readPipeline(text) };
}

/** The pipeline files that a path means: itself, or those directly in the folder. */
export async function listPipelineFiles(
  context: CliContext,
  path: string,
): Promise<{ readonly isFolder: boolean; readonly files: readonly string[] }> {
  if (path === "-") return { isFolder: false, files: [path] };
  const absolute = resolve(context.process.cwd(), path);
  const found = await stat(absolute).catch((error) => {
    throw fileError(path, error);
  });
  if (!found.isDirectory()) return { isFolder: false, files: [path] };
  const names = await readdir(absolute).catch((error) => {
    throw fileError(path, error);
  });
  const files = names.filter((name) => /\.(?:ya?ml|json)$/.test(name) && !name.startsWith("."))
    .sort().map((name) => join(path, name));
  if (files.length === 0) {
    throw new ErrandError("not_found", `no pipeline files (*.yaml *.yml *.json) in ${path}`);
  }
  return { isFolder: true, files };
}

async function readText(context: CliContext, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.process.cwd(), file), "utf8");
  } catch (error) {
    throw fileError(file, error as NodeJS.ErrnoException);
  }
}

function fileError(file: string, error: NodeJS.ErrnoException): ErrandError {
  const options = { cause: error };
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    const hint = file === DEFAULT_FILE ? ": name the pipeline file" : "";
    return new ErrandError("not_found", `no file ${file}${hint}`, options);
  }
  if (error.code === "EACCES") {
    return new ErrandError("denied", `${file} cannot be read by this user`, options);
  }
  if (error.code === "EISDIR") {
    return new ErrandError("invalid", `${file} is a folder: name a pipeline file`, options);
  }
  return new ErrandError("invalid", `${file} cannot be read: ${error.message}`, options);
}
