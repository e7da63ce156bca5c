import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Finding } from "./finding.ts";

const MIB = 1024 * 1024;
/** Below this the next few logs fill the disk. */
const LOW = 1024 * MIB;
/** Below this nothing should start any more. */
const NONE = 128 * MIB;

/** Is there room for logs, workspaces and the database? */
export async function checkDisk(folder: string): Promise<readonly Finding[]> {
  const { bavail, bsize, blocks } = await statfsOfNearest(folder);
  const free = Number(bavail) * Number(bsize);
  const message = `${show(free)} of ${show(Number(blocks) * Number(bsize))} free`;
  const check = "disk";
  if (free >= LOW) return [{ check, state: "ok", message }];
  const advice = "make room, or choose a data directory on another disk with --data";
  return [{ check, state: free < NONE ? "fail" : "warn", message, advice }];
}

async function statfsOfNearest(folder: string): ReturnType<typeof statfs> {
  for (let at = folder;; at = dirname(at)) {
    try {
      return await statfs(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}

function show(bytes: number): string {
  const gib = bytes / (1024 * MIB);
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}
