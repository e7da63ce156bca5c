import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { AttemptSpec } from "../../../../protocol/sdk/typescript/mod.ts";

/** Starts attempts from another process, on the same runtime, and kills that process with SIGKILL. */
export async function startAndDie(
  folder: string,
  config: object,
  specs: readonly AttemptSpec[],
): Promise<void> {
  const script = fileURLToPath(new URL("./start-and-hang.ts", import.meta.url));
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-config"] : [];
  const args = [...flags, script, folder, JSON.stringify(config), JSON.stringify(specs)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), gone]);
  if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
  child.kill("SIGKILL");
  await gone;
}
