import { ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFile as readBytes } from "node:fs/promises";
import { decodeFrames, type LogFrame } from "../../../protocol/log-frames.ts";
import type { LogChunk } from "../../kernel/scheduler.ts";
import type { StartedAttempt, Trial } from "./trial.ts";

/** What an attempt's log holds, wherever the scheduler keeps it. */
export interface TrialLog {
  readonly out: Buffer;
  readonly err: Buffer;
  /** Texts of the visible markers. */
  readonly markers: readonly string[];
  /** True when nothing more will come; always false where it is a file of frames. */
  readonly end: boolean;
}

/** The most bytes that one call is asked for. */
const PAGE_BYTES = 65_536;

/** Reads all there is by now: the file of frames, or page after page through `readLog`. */
export async function readLogOf(trial: Trial, attempt: StartedAttempt): Promise<TrialLog> {
  return trial.subject.traits.logs === "frames"
    ? await readFile(trial, attempt.spec.logFile)
    : await readPages(trial, attempt);
}

/** All chunks of a log by `readLog`, read in pages of `maxBytes`, until it ends or nothing more is there. */
export async function readChunks(
  trial: Trial,
  attempt: StartedAttempt,
  maxBytes: number,
): Promise<{ readonly chunks: readonly LogChunk[]; readonly end: boolean }> {
  const ref = { ...attempt.spec, handle: attempt.handle };
  const chunks: LogChunk[] = [];
  let cursor = "";
  for (;;) {
    const request = { cursor, maxBytes, waitMs: 0 };
    const page = await trial.scheduler.readLog(ref, request, trial.signal);
    const bytes = page.chunks.reduce((sum, it) => sum + it.bytes.length, 0);
    ok(bytes <= maxBytes, `readLog answered ${bytes} bytes, at most ${maxBytes} were asked for`);
    chunks.push(...page.chunks);
    if (page.end || page.chunks.length === 0) return { chunks, end: page.end };
    cursor = page.chunks.at(-1)!.cursor;
  }
}

async function readPages(trial: Trial, attempt: StartedAttempt): Promise<TrialLog> {
  const { chunks, end } = await readChunks(trial, attempt, PAGE_BYTES);
  const bytesOf = (stream: "out" | "err") =>
    Buffer.concat(chunks.filter((it) => it.stream === stream).map((it) => it.bytes));
  return { out: bytesOf("out"), err: bytesOf("err"), markers: [], end };
}

async function readFile(trial: Trial, path: string): Promise<TrialLog> {
  const frames = await framesOf(trial, path);
  const bytesOf = (stream: LogFrame["stream"]) =>
    Buffer.concat(frames.filter((it) => it.stream === stream).map((it) => it.bytes));
  const markers = frames.filter((it) => it.stream === "marker")
    .map((it) => Buffer.from(it.bytes).toString());
  return { out: bytesOf("out"), err: bytesOf("err"), markers, end: false };
}

/** The complete frames of a log file; none while there is no file. */
export async function framesOf(trial: Trial, path: string): Promise<readonly LogFrame[]> {
  if (trial.subject.readFrames) return await trial.subject.readFrames(path);
  try {
    return decodeFrames(await readBytes(path)).frames;
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw reason;
  }
}
