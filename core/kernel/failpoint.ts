import process from "node:process";

/**
 * The places where the crash tests kill a server. They are part of the contract between the code
 * and `test/faults`: a test fails for a name that its server never reaches.
 */
export const FAILPOINTS = [
  "accepted", // a run is in memory, not yet with the journal
  "before_commit",
  "after_commit", // durable, nobody told yet
  "acknowledged",
  "before_start",
  "after_start", // the scheduler has it, its handle is not stored
  "running",
  "exit_seen", // an exit was read, not yet durable
  "ended", // a run's end is durable, its attempts not yet removed
  "recovery_read",
  "recovery_resumed",
] as const;

/** One of {@link FAILPOINTS}. */
export type Failpoint = (typeof FAILPOINTS)[number];

/** `ERRAND_FAILPOINT=name` or `name:count`: kill -9 of this process when it gets there the count-th time. */
const armed = parse(process.env["ERRAND_FAILPOINT"]);

/** Does nothing, unless a crash test armed this name. */
export function failpoint(name: Failpoint): void {
  if (armed?.name === name && --armed.left === 0) process.kill(process.pid, "SIGKILL");
}

function parse(text: string | undefined): { readonly name: string; left: number } | undefined {
  if (!text) return undefined;
  const [name = "", count = "1"] = text.split(":");
  return { name, left: Number(count) };
}
