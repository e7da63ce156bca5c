import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "./repository.ts";

/** A runtime that we are tested on. */
export interface Runtime {
  readonly name: "node" | "deno";
  /** As it says itself: `24.21.0`. */
  readonly version: string;
  /** The binary. */
  readonly path: string;
}

/** The oldest versions that run us: [major, minor]. */
const OLDEST = { node: [24, 0], deno: [2, 9] } as const;

/**
 * The two runtimes that `npm ci` installed here.
 *
 * @throws {Error} with a sentence that says what to do, when one is missing or too old.
 */
export function findRuntimes(): { readonly node: Runtime; readonly deno: Runtime } {
  return { node: findRuntime("node"), deno: findRuntime("deno") };
}

/** The environment of what we start: ours on PATH first, none of the caller's Errand settings. */
export function childEnvironment(
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || NOT_PASSED_ON.test(name)) continue;
    env[name] = value;
  }
  env["PATH"] = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? "/usr/bin:/bin"}`;
  env["NO_COLOR"] = "1";
  env["DENO_NO_UPDATE_CHECK"] = "1";
  return { ...env, ...extra };
}

/** Settings of the caller; how hard tests try may still be said. */
const NOT_PASSED_ON = /^(?:ERRAND_(?!SIMULATE_|CRASH_)|npm_|NODE_|FORCE_COLOR$)/;

function findRuntime(name: Runtime["name"]): Runtime {
  const path = join(ROOT, "node_modules/.bin", name);
  let version;
  try {
    const text = execFileSync(path, ["--version"], { encoding: "utf8", timeout: 30_000 });
    version = /(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? "";
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new Error(
      `${path} does not run (${why}): it comes with \`npm ci\`; if npm was told not to run ` +
        `install scripts, allow them for the package \`${name}\``,
      { cause: error },
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST[name];
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new Error(
      `${path} is ${name} ${version}, wanted ${oldestMajor}.${oldestMinor} or newer: ` +
        "run `npm ci` again",
    );
  }
  return { name, version, path: realpathSync(path) };
}
