import { Buffer } from "node:buffer";

/**
 * What travels between plugin and launcher: frames `u32 length | u8 op | fields`, little-endian.
 * launcher/wire.h is the other side, and says what each op carries.
 */
export const PROTOCOL = 1;

/** What the plugin sends. */
export const REQUEST = {
  hello: 1,
  start: 2,
  stop: 3,
  remove: 4,
  list: 5,
  find: 6,
  epoch: 7,
  bye: 8,
} as const;

/** What the launcher sends. */
export const ANSWER = {
  welcome: 65,
  refused: 66,
  started: 67,
  notStarted: 68,
  done: 69,
  attempt: 70,
  pageEnd: 71,
  unknown: 72,
  exited: 73,
} as const;

/** The largest request; the launcher hangs up at a larger one. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** Frames on their way out, gathered. */
export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(65_536);
  #length = 0;
  #frame = 0;

  /** Bytes gathered so far. */
  get length(): number {
    return this.#length;
  }

  beginFrame(op: number): void {
    this.#frame = this.#length;
    this.u32(0);
    this.u8(op);
  }

  endFrame(): void {
    this.#bytes.writeUInt32LE(this.#length - this.#frame - 4, this.#frame);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value >>> 0, this.#length);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** A text, and more text right behind it (`NAME=` and its value). */
  text(value: string, more: string | Uint8Array = ""): void {
    const longest = (value.length + more.length) * 3;
    this.#reserve(longest + 5);
    const from = this.#length + 4;
    let at = from + this.#bytes.write(value, from);
    if (typeof more === "string") at += this.#bytes.write(more, at);
    else {
      this.#bytes.set(more, at);
      at += more.length;
    }
    this.#bytes.writeUInt32LE(at - from, this.#length);
    this.#bytes[at] = 0;
    this.#length = at + 1;
  }

  bytes(value: Uint8Array): void {
    this.text("", value);
  }

  /** Everything gathered, once. */
  take(): Uint8Array {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#bytes.fill(0, 0, this.#length); // it may have held secrets
    this.#length = 0;
    return taken;
  }

  /** Forgets what was gathered behind `length`. */
  cutTo(length: number): void {
    this.#length = length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafeSlow((this.#length + more) * 2);
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes.fill(0, 0, this.#length);
    this.#bytes = bigger;
  }
}

/** The fields of one frame. Reading past its end is a RangeError of Buffer's. */
export class WireReader {
  readonly op: number;
  readonly #bytes: Buffer;
  #at: number;

  /** `bytes` from `at`, where the op stands. */
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.op = bytes[at]!;
    this.#at = at + 1;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  u32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  f64(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const length = this.u32();
    const value = length === 0 ? "" : this.#bytes.toString("utf8", this.#at, this.#at + length);
    this.#at += length + 1;
    return value;
  }

  /** A copy: the frame's own bytes are used again. */
  bytes(): Uint8Array {
    const length = this.u32();
    const value = length === 0 ? NOTHING : Uint8Array.from(this.#view(length));
    this.#at += length + 1;
    return value;
  }

  #view(length: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at + length);
  }
}

/** Cuts a stream into frames. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Gives every frame that is whole now to `take`. */
  push(chunk: Buffer, take: (frame: WireReader) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (bytes.length - at - 4 < length) break;
      take(new WireReader(bytes, at + 4));
      at += 4 + length;
    }
    this.#rest = at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
  }
}

const NOTHING = new Uint8Array();
const EMPTY = Buffer.alloc(0);
