import { spawn } from "node:child_process";
import { ROOT } from "../support/gate/repository.ts";
import { childEnvironment, findRuntimes } from "../support/gate/runtimes.ts";

/** Runs a module of this folder in a process of its own and answers the JSON that it prints last. */
export function runModule<T>(
  module: `./${string}`,
  input: Readonly<Record<string, unknown>>,
): Promise<T> {
  return runCommand(["test/bench/" + module.slice(2), JSON.stringify(input)]);
}

/**
 * Runs Node from the root and answers the JSON on the last line of its output.
 *
 * @throws {Error} when it ends badly or takes longer than ten minutes
 */
export function runCommand<T>(args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(findRuntimes().node.path, args, {
      cwd: ROOT,
      env: childEnvironment(),
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 600_000,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(output.trim().split("\n").at(-1)!) as T);
      else reject(new Error(`${args[0]} ended with ${signal ?? code}: ${output.slice(-500)}`));
    });
  });
}
