import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment, findRuntimes } from "../support/gate/runtimes.ts";

/**
 * Runs a module of this folder on Node in a process of its own and answers the JSON it prints last.
 *
 * @throws {Error} when it ends badly, with what it said
 */
export function runModule<T>(
  module: string,
  input: Readonly<Record<string, unknown>>,
  options: { readonly limitMs?: number } = {},
): Promise<T> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(findRuntimes().node.path, [path, JSON.stringify(input)], {
      env: childEnvironment(),
      stdio: ["ignore", "pipe", "inherit"],
      timeout: options.limitMs ?? 600_000,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(output.trim().split("\n").at(-1)!) as T);
      else reject(new Error(`${module} ended with ${signal ?? code}: ${output.slice(-500)}`));
    });
  });
}
