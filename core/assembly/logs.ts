import type { LogPiece, LogReader } from "../http/mod.ts";
import { FRAME_HEAD_BYTES, LogFiles } from "../store/mod.ts";

/** The logs of attempts, as the API and the supervisor use them. */
export class Logs implements LogReader {
  readonly #files: LogFiles;

  constructor(folder: string) {
    this.#files = new LogFiles(folder);
  }

  /** Where an attempt's log goes; its folder is there afterwards. */
  prepare(id: string): string {
    return this.#files.path(id);
  }

  async read(
    id: string,
    at: { readonly offset: number; readonly maxBytes: number },
  ): Promise<readonly LogPiece[]> {
    const { frames, offset } = await this.#files.read(id, at);
    let end = at.offset;
    return frames.map((frame, i) => {
      end += FRAME_HEAD_BYTES + frame.bytes.length;
      return { ...frame, end: i === frames.length - 1 ? offset : end };
    });
  }

  grown(id: string, offset: number, signal: AbortSignal): Promise<void> {
    return this.#files.grown(id, offset, signal);
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#files.remove(ids);
  }
}
