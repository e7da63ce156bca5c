import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import {
  decodeFrames,
  FRAME_HEAD_BYTES,
  type LogChunk,
  type LogFrame,
  MAX_FRAME_BYTES,
} from "../../../protocol/sdk/typescript/mod.ts";

/** What `readLog` is asked. */
export interface LogRequest {
  readonly cursor: string;
  readonly maxBytes: number;
  readonly waitMs: number;
}

/** What `readLog` answers. */
export interface LogPage {
  readonly chunks: readonly LogChunk[];
  readonly end: boolean;
  readonly gap: boolean;
}

/** Where a log is, and whether its attempt has ended. */
export interface LogPlace {
  readonly path: string;
  readonly ended: boolean;
}

/** How often a waiting reader looks. The host reads `logFile` itself; this is for whoever cannot. */
const LOOK_MS = 25;

/**
 * Reads frames from a cursor (the offset of a frame, then of a byte in it), waiting up to `waitMs`.
 * A marker is a line of the error stream in brackets.
 */
export async function readLogFile(
  find: () => Promise<LogPlace>,
  request: LogRequest,
  signal: AbortSignal,
): Promise<LogPage> {
  const untilMs = performance.now() + request.waitMs;
  for (;;) {
    const { path, ended } = await find(); // before reading: what is written later is not the end
    const chunks = path === "" ? [] : await readChunks(path, request);
    const whole = chunks.reduce((sum, it) => sum + it.bytes.length, 0) < request.maxBytes;
    if (chunks.length > 0 || ended) {
      const end = ended && whole && (chunks.length === 0 || await isLast(path, chunks));
      return { chunks, end, gap: false };
    }
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return { chunks, end: false, gap: false };
    await pause(Math.min(LOOK_MS, leftMs), undefined, { signal });
  }
}

async function isLast(path: string, chunks: readonly LogChunk[]): Promise<boolean> {
  const { cursor } = chunks.at(-1)!;
  return (await readChunks(path, { cursor, maxBytes: 1 })).length === 0;
}

async function readChunks(
  path: string,
  request: { readonly cursor: string; readonly maxBytes: number },
): Promise<readonly LogChunk[]> {
  const [offset = 0, skip = 0] = request.cursor.split(".").map((it) => Number(it) || 0);
  const chunks: LogChunk[] = [];
  let left = request.maxBytes;
  let at = offset;
  for (const frame of await readFrames(path, offset, request.maxBytes)) {
    const end = at + frame.size;
    const from = at === offset ? skip : 0;
    const bytes = shown(frame).subarray(from, from + left);
    const cut = from + bytes.length < shown(frame).length;
    if (bytes.length > 0) {
      const stream = frame.stream === "out" ? "out" : "err";
      const cursor = cut ? `${at}.${from + bytes.length}` : `${end}`;
      chunks.push({ stream, atMs: frame.atMs, bytes, cursor });
      left -= bytes.length;
    }
    if (left <= 0) break;
    at = end;
  }
  return chunks;
}

function shown(frame: LogFrame): Uint8Array {
  if (frame.stream === "control") return new Uint8Array();
  if (frame.stream !== "marker") return frame.bytes;
  return Buffer.from(`[${Buffer.from(frame.bytes).toString()}]\n`);
}

async function readFrames(path: string, offset: number, maxBytes: number) {
  const file = await open(path, "r").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return [];
  try {
    const most = Math.min(maxBytes, MAX_FRAME_BYTES) + MAX_FRAME_BYTES + 64;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(most), 0, most, offset);
    const { frames } = decodeFrames(buffer.subarray(0, bytesRead));
    return frames.map((it) => ({ ...it, size: it.bytes.length + FRAME_HEAD_BYTES }));
  } finally {
    await file.close();
  }
}
