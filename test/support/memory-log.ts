import { Buffer } from "node:buffer";
import type { LogFrame } from "../../protocol/log-frames.ts";
import type { LogChunk } from "../../core/kernel/scheduler.ts";
import type { MemoryAttempt } from "./memory-backend.ts";

/** The log of one attempt of the memory scheduler. */
export class MemoryLog {
  readonly #attempt: MemoryAttempt;
  /** True = masks and keeps to the quota, as a scheduler with `frames` must. */
  readonly #frames: boolean;
  #payload = 0;

  constructor(attempt: MemoryAttempt, frames: boolean) {
    this.#attempt = attempt;
    this.#frames = frames;
  }

  /** What there is from a cursor on: an offset over both streams. */
  static read(
    attempt: MemoryAttempt,
    request: { readonly cursor: string; readonly maxBytes: number },
  ): { readonly chunks: readonly LogChunk[]; readonly all: boolean } {
    const from = Number(request.cursor);
    const to = from + request.maxBytes;
    const chunks: LogChunk[] = [];
    let at = 0;
    for (const { stream, atMs, bytes } of attempt.frames) {
      const part = bytes.subarray(Math.max(0, from - at), Math.max(0, to - at));
      at += bytes.length;
      if (part.length === 0) continue;
      const cursor = String(Math.min(at, to));
      if (stream === "out" || stream === "err") chunks.push({ stream, atMs, bytes: part, cursor });
    }
    return { chunks, all: to >= at };
  }

  /** Appends what the program wrote. */
  print(stream: "out" | "err", bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!this.#frames) return this.#append(stream, bytes);
    const { redact, maxLogBytes } = this.#attempt.spec;
    const masked = mask(bytes, redact);
    const room = maxLogBytes === 0 ? masked.length : Math.max(0, maxLogBytes - this.#payload);
    this.#payload += masked.length;
    if (room > 0) this.#append(stream, masked.subarray(0, room));
    if (room < masked.length) this.#append("marker", Buffer.from("the log ends here: too large"));
  }

  #append(stream: LogFrame["stream"], bytes: Uint8Array): void {
    this.#attempt.frames.push({ stream, atMs: Date.now(), bytes });
  }
}

/** Masks the longest first, so that no rest of a longer one stays behind. */
function mask(bytes: Uint8Array, redact: readonly Uint8Array[]): Uint8Array {
  let text = Buffer.from(bytes).toString("latin1");
  for (const it of [...redact].sort((a, b) => b.length - a.length)) {
    text = text.replaceAll(Buffer.from(it).toString("latin1"), "***");
  }
  return Buffer.from(text, "latin1");
}
