import { constants } from "node:os";
import type { Change, Exit } from "../../../protocol/sdk/typescript/mod.ts";
import type { WireReader } from "./launcher-wire.ts";

/** An attempt as the launcher tells of it. */
export interface AttemptRecord {
  readonly change: Change;
  /** Rises with each start; pages of a list go by it. */
  readonly order: number;
  /** "" where it was not told. */
  readonly logFile: string;
}

/** What an attempt used, as the operating system counted it. */
interface Usage {
  readonly cpuMs: number;
  readonly maxRssBytes: number;
}

/** By the numbers of launcher/attempt.h. */
const CAUSES: readonly Exit["cause"][] = [
  "evicted",
  "exited",
  "signalled",
  "start_failed",
  "evicted",
  "deadline",
];

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, n]) => [n, name] as const));

/** Reads the fields of ATTEMPT and EXITED (launcher/answer.h). */
export function readAttempt(from: WireReader): AttemptRecord {
  const attemptId = from.text();
  const pid = from.u32();
  const startedAtMs = from.f64();
  const order = from.f64();
  const logFile = from.text();
  const common = { attemptId, handle: handleOf(pid), node: "" } as const;
  if (from.u8() === 0) {
    return { change: { ...common, revision: 1, state: "running" }, order, logFile };
  }
  const exit = readExit(from, startedAtMs);
  return { change: { ...common, revision: 2, state: "exited", exit }, order, logFile };
}

/** What an attempt that has just been started looks like. */
export function runningChange(attemptId: string, pid: number): Change {
  return { attemptId, handle: handleOf(pid), revision: 1, state: "running", node: "" };
}

/** What `start` answers for a process; `pid:0` = none came into being. */
export function handleOf(pid: number): string {
  return `pid:${pid}`;
}

function readExit(from: WireReader, startedAtMs: number): Exit & { readonly usage?: Usage } {
  const cause = CAUSES[from.u8()] ?? "evicted";
  const exitCode = from.u32();
  const signal = from.u32();
  const finishedAtMs = from.f64();
  const usage = { cpuMs: from.f64(), maxRssBytes: from.f64() };
  const message = from.text();
  const outputsTruncated = from.u8() === 1;
  const outputs = from.bytes();
  return {
    cause,
    exitCode,
    signal: signal === 0 ? "" : SIGNALS.get(signal) ?? `signal ${signal}`,
    message,
    startedAtMs,
    finishedAtMs,
    outputs,
    outputsTruncated,
    ...(usage.maxRssBytes > 0 ? { usage } : {}),
  };
}
