import { ErrandError } from "../../protocol/errors.ts";
import type { CliContext } from "../context.ts";
import { checkDataFolder } from "./data-folder.ts";
import { checkDisk } from "./disk.ts";
import type { Finding } from "./finding.ts";
import { checkRuntime } from "./runtime.ts";
import { checkServer } from "./server.ts";

/** All checks, one after the other; what a check throws is its finding. */
export async function* runChecks(
  context: CliContext,
  dataDir: string,
): AsyncGenerator<Finding, void, undefined> {
  const { env, isRoot } = context.process;
  const options = { dataDir, flags: {}, env };
  const checks: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ["runtime", () => Promise.resolve(checkRuntime())],
    ["data directory", () => checkDataFolder(dataDir, { isRoot })],
    ["disk", () => checkDisk(dataDir)],
    ["engine", () => context.ports.checkEngine(options)],
    ["server", () => checkServer(context, dataDir)],
  ];
  for (const [name, check] of checks) {
    try {
      yield* await check();
    } catch (reason) {
      if (!(reason instanceof Error)) throw reason;
      const known = reason instanceof ErrandError && reason.code !== "internal";
      yield {
        check: name,
        state: "fail",
        message: known ? reason.message : `the check itself failed: ${reason.message}`,
      };
    }
  }
}
