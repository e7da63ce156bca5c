import { spawn } from "node:child_process";
import { connect } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { serve } from "./serve.ts";

/**
 * `main.ts FOLDER SOCKET IDLE_MS`: goes into the background as the native launcher does, and exits 0
 * once the socket answers, or 1 with a sentence on stderr.
 */
async function main(): Promise<void> {
  const [folder = "", socketPath = "", idle = "", ready = ""] = process.argv.slice(2);
  if (ready === READY) {
    await serve({ folder, socketPath, idleMs: Number(idle) });
    for (const it of [process.stdout, process.stderr]) it.on("error", () => {}); // nobody reads them for long
    process.stdout.write(READY);
    return;
  }
  if (await answers(socketPath)) return;
  const self = fileURLToPath(import.meta.url);
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-config"] : [];
  const child = spawn(process.execPath, [...flags, self, folder, socketPath, idle, READY], {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (text) => complaint += text);
  await new Promise<void>((resolve) => {
    child.stdout.on("data", () => resolve());
    child.on("exit", () => {
      process.exitCode = 1;
      console.error(complaint);
      resolve();
    });
  });
  process.exit();
}

const READY = "ready";

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

await main();
