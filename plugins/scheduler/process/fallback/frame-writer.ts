import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { encodeFrame, type LogStream } from "../../../../protocol/sdk/typescript/mod.ts";

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** The log file of one attempt, as launcher/log.c writes it: whole frames or nothing, and a quota. */
export class FrameWriter {
  readonly #path: string;
  readonly #limit: number;
  #fd: number | undefined;
  #size = 0;
  #payload = 0;
  #full = false;
  #dropped = 0;
  #reason = "";

  /** A path of "" keeps nothing; a limit of 0 is none. */
  constructor(path: string, limit: number) {
    this.#path = path;
    this.#limit = limit;
  }

  /** Appends, or drops what finds no space and says so once it can. Never throws. */
  append(stream: LogStream, bytes: Uint8Array): void {
    if (this.#path === "" || this.#full || bytes.length === 0) return;
    const room = this.#limit > 0 ? this.#limit - this.#payload : Infinity;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (kept.length > 0) {
      if (!this.#accountForDropped() || !this.#write(stream, kept)) {
        this.#dropped += kept.length;
        return;
      }
      this.#payload += kept.length;
    }
    if (kept.length === bytes.length) return;
    this.#full = this.#mark(
      `the log ends here: it reached its limit of ${this.#limit} bytes; the rest is not kept`,
    );
  }

  /** Returns what is missing at the end, as a sentence; "" = nothing. */
  close(): string {
    this.#accountForDropped();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (this.#dropped === 0) return "";
    return `${this.#dropped} bytes are missing at the end of its log: ${this.#reason}`;
  }

  #accountForDropped(): boolean {
    if (this.#dropped === 0) return true;
    const text = `${this.#dropped} bytes are missing here: there was no space left for the log`;
    if (!this.#mark(text)) return false;
    this.#dropped = 0;
    return true;
  }

  #mark(text: string): boolean {
    return this.#write("marker", Buffer.from(text));
  }

  #write(stream: LogStream, bytes: Uint8Array): boolean {
    const frame = encodeFrame({ stream, atMs: Date.now(), bytes });
    try {
      const fd = this.#fd ??= this.#open();
      for (let done = 0; done < frame.length;) done += writeSync(fd, frame, done);
      this.#size += frame.length;
      return true;
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error);
      if (this.#fd !== undefined) ftruncateSync(this.#fd, this.#size); // a cut frame would hide the next
      return false;
    }
  }

  #open(): number {
    const fd = openSync(this.#path, FLAGS, 0o600);
    this.#size = fstatSync(fd).size;
    return fd;
  }
}
