import { readFileSync } from "node:fs";

/** What processes together hold and have used. */
export interface Usage {
  /** Resident, in MB (10⁶ bytes). */
  readonly residentMb: number;
  /** Resident and not shared with anything. */
  readonly privateMb: number;
  /** Processor time so far, in ms. */
  readonly cpuMs: number;
}

/** Reads what the processes hold now. Linux only. */
export function readUsage(pids: readonly number[]): Usage {
  let residentMb = 0;
  let privateMb = 0;
  let cpuMs = 0;
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0) * 1_024 / 1e6;
    residentMb += megabytes("Rss");
    privateMb += megabytes("Private_Clean") + megabytes("Private_Dirty");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    cpuMs += (Number(stat[11]) + Number(stat[12])) * 10; // clock ticks are 1/100 s on Linux
  }
  return { residentMb, privateMb, cpuMs };
}
