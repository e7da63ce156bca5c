import type { LogEvent } from "../../protocol/http/mod.ts";
import type { LogCursor } from "./log-cursor.ts";
import type { LogPiece } from "./ports.ts";
import { splitUtf8 } from "./utf8-carry.ts";

const STREAMS: Readonly<Record<number, LogEvent["stream"]>> = { 1: "out", 2: "err", 3: "marker" };

/** A piece of a log, and the cursor behind it. */
export interface LogEntry {
  readonly item: LogEvent;
  readonly cursor: string;
}

/** Where frames were read. */
export interface LogWhere {
  readonly task: string;
  readonly index: number;
  readonly attempt: number;
  /** Moved behind each frame. */
  readonly cursor: LogCursor;
}

/** Frames as events; a character that is cut by a frame's end comes with the frame that ends it. */
export function logEvents(
  frames: readonly LogPiece[],
  where: LogWhere,
): readonly LogEntry[] {
  const { cursor, index } = where;
  const batch: LogEntry[] = [];
  for (const { stream, atMs, bytes, end } of frames) {
    const { done, carry } = cursor.get(index);
    const { [stream]: begun, ...others } = carry;
    const all = begun ? Buffer.concat([Buffer.from(begun, "hex"), bytes]) : bytes;
    const { whole, rest } = splitUtf8(all);
    const cut = rest.length > 0 && STREAMS[stream];
    cursor.set(index, {
      done,
      offset: end,
      carry: cut ? { ...others, [stream]: Buffer.from(rest).toString("hex") } : others,
    });
    addTo(batch, where, { stream, atMs, bytes: whole });
  }
  return batch;
}

/** What was held back of an attempt that has ended; the cursor then stands before the next attempt. */
export function lastLogEvents(endedAtMs: number, where: LogWhere): readonly LogEntry[] {
  const { cursor, index, attempt } = where;
  const { carry } = cursor.get(index);
  const batch: LogEntry[] = [];
  cursor.set(index, { done: attempt, offset: 0, carry: {} });
  for (const [stream, hex] of Object.entries(carry)) {
    addTo(batch, where, {
      stream: Number(stream),
      atMs: endedAtMs,
      bytes: Buffer.from(hex, "hex"),
    });
  }
  return batch;
}

function addTo(batch: LogEntry[], where: LogWhere, piece: Omit<LogPiece, "end">): void {
  const stream = STREAMS[piece.stream];
  if (!stream || piece.bytes.length === 0) return;
  batch.push({
    item: {
      type: "log",
      task: where.task,
      attempt: where.attempt,
      stream,
      at: new Date(piece.atMs).toISOString(),
      text: decoder.decode(piece.bytes),
    },
    cursor: String(where.cursor),
  });
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
