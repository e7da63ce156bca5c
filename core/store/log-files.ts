import { Buffer } from "node:buffer";
import { mkdirSync } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";
import { FRAME_HEAD_BYTES, frameBytes, type LogFrame, readFrames } from "./log-frames.ts";
import { whenGrown } from "./log-growth.ts";

/** Frames of a log, and where to go on. */
export interface LogPage {
  readonly frames: readonly LogFrame[];
  /** The border behind the last frame. */
  readonly offset: number;
}

const BUCKETS = 64;
const REMOVED_AT_ONCE = 16;

/** The logs of attempts: `<folder>/<bucket>/<attempt id>.log`, files of frames that others append to. */
export class LogFiles {
  readonly #folder: string;
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where an attempt's log is or will be; its folder is there afterwards. */
  path(attemptId: string): string {
    const folder = this.#bucket(attemptId);
    if (!this.#made.has(folder)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#made.add(folder);
    }
    return join(folder, `${attemptId}.log`);
  }

  /**
   * Whole frames from a frame border on: about `maxBytes` of them, at least one if there is one. An
   * attempt without a log has none. A frame whose end is not written yet is left for later; where
   * there is none but other bytes, a marker says so and the rest is passed over.
   */
  async read(
    attemptId: string,
    at: { readonly offset: number; readonly maxBytes: number },
  ): Promise<LogPage> {
    const none = { frames: [], offset: at.offset };
    let file: FileHandle;
    try {
      file = await open(this.#file(attemptId), "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return none;
      throw error;
    }
    try {
      const { size } = await file.stat();
      if (size <= at.offset) return none;
      let wanted = Math.min(size - at.offset, Math.max(at.maxBytes, FRAME_HEAD_BYTES));
      for (;;) {
        const buffer = Buffer.allocUnsafeSlow(wanted);
        const { bytesRead } = await file.read(buffer, 0, wanted, at.offset);
        const bytes = buffer.subarray(0, bytesRead);
        const page = readFrames(bytes, { offset: at.offset, size });
        if (page.frames.length > 0 || bytesRead < FRAME_HEAD_BYTES) return page;
        // the first frame is larger than what was asked for, or its end is not there yet
        const needed = frameBytes(bytes) ?? 0;
        if (needed <= wanted || at.offset + needed > size) return none;
        wanted = needed;
      }
    } finally {
      await file.close();
    }
  }

  /** Resolves once there may be a frame behind `offset`, or when the signal fires: it never rejects. */
  grown(attemptId: string, offset: number, signal: AbortSignal): Promise<void> {
    return whenGrown(this.path(attemptId), offset, signal);
  }

  /** Deletes logs; those that are not there are fine. */
  async remove(attemptIds: readonly string[]): Promise<void> {
    for (let i = 0; i < attemptIds.length; i += REMOVED_AT_ONCE) {
      const some = attemptIds.slice(i, i + REMOVED_AT_ONCE);
      await Promise.all(some.map((id) => removeFile(this.#file(id))));
    }
  }

  #file(attemptId: string): string {
    return join(this.#bucket(attemptId), `${attemptId}.log`);
  }

  /** A run's logs are in one of 64 folders, by its millisecond: no folder grows too large. */
  #bucket(attemptId: string): string {
    const run = /^(\d{1,16})-\d{1,6}-\d{1,6}-\d{1,6}$/.exec(attemptId)?.[1];
    if (run === undefined) throw new ErrandError("invalid", `${attemptId} is no attempt id`);
    const bucket = Math.floor(Number(run) / 4096) % BUCKETS;
    return join(this.#folder, bucket.toString(16).padStart(2, "0"));
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
