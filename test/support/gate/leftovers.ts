import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";

/** A process that still has to do with a folder. */
export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/**
 * The processes whose command line, environment or working directory names the folder. Linux only;
 * elsewhere the answer is empty.
 */
export function findLeftovers(folder: string): readonly Leftover[] {
  let pids;
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return [];
  }
  return pids.filter((pid) => pid !== process.pid).flatMap((pid) => {
    const command = read(`/proc/${pid}/cmdline`);
    const found = command.includes(folder) || read(`/proc/${pid}/environ`).includes(folder) ||
      cwdOf(pid).startsWith(folder);
    if (!found || isDead(pid)) return [];
    return [{ pid, command: command.replaceAll("\0", " ").trim().slice(0, 200) }];
  });
}

/** Kills them; one that is gone already is fine. */
export function killLeftovers(leftovers: readonly Leftover[]): void {
  for (const { pid } of leftovers) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function isDead(pid: number): boolean {
  const state = /\) (\w)/.exec(read(`/proc/${pid}/stat`))?.[1];
  return state === undefined || state === "Z" || state === "X";
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it ended meanwhile, or is another user's
  }
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
