import { Buffer } from "node:buffer";

/**
 * What a frame of a log file is: the task's standard output and error, `marker` a visible message of
 * ours (text), `control` a source's cursor (invisible).
 */
export type LogStream = "out" | "err" | "marker" | "control";

/** One frame of a log file. */
export interface LogFrame {
  readonly stream: LogStream;
  /** When it was written, in epoch ms. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** What `decodeFrames` found. */
export interface DecodedFrames {
  /** In order. Their bytes are views of the input. */
  readonly frames: readonly LogFrame[];
  /** What comes after them: the beginning of a frame, or nothing. */
  readonly rest: Uint8Array;
}

/** The most bytes that one frame carries. */
export const MAX_FRAME_BYTES = 1_048_576;

/** Bytes in front of a frame's own: `u32 length | u8 stream | f64 atMs`. */
export const FRAME_HEAD_BYTES = 13;

/** Bytes that the length does not count: its own. */
const LENGTH_BYTES = 4;

const STREAMS: readonly (LogStream | undefined)[] = [undefined, "out", "err", "marker", "control"];

/** Bytes that are no frames. */
export class CorruptLog extends Error {
  readonly _tag = "CorruptLog" as const;
  override readonly name = "CorruptLog";
  /** Where the broken frame begins, in bytes from the start of the input. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Encodes a frame: `u32 length | u8 stream | f64 atMs | bytes`, little-endian, where `length` counts
 * what comes after it. Streams are 1 = out, 2 = err, 3 = marker, 4 = control.
 *
 * @throws {RangeError} when it has more than {@link MAX_FRAME_BYTES}.
 */
export function encodeFrame(frame: LogFrame): Uint8Array {
  const { length } = frame.bytes;
  if (length > MAX_FRAME_BYTES) {
    throw new RangeError(`a frame takes at most ${MAX_FRAME_BYTES} bytes, found ${length}`);
  }
  const encoded = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  encoded.writeUInt32LE(FRAME_HEAD_BYTES - LENGTH_BYTES + length, 0);
  encoded.writeUInt8(STREAMS.indexOf(frame.stream), 4);
  encoded.writeDoubleLE(frame.atMs, 5);
  encoded.set(frame.bytes, FRAME_HEAD_BYTES);
  return encoded;
}

/**
 * Decodes all frames that are there whole; a last one that is cut stays in `rest`, to be put before
 * the bytes that come next.
 *
 * @throws {CorruptLog} when there is a length or a stream that no frame has.
 */
export function decodeFrames(bytes: Uint8Array): DecodedFrames {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: LogFrame[] = [];
  let at = 0;
  while (buffer.length - at >= FRAME_HEAD_BYTES) {
    const length = buffer.readUInt32LE(at);
    const stream = STREAMS[buffer[at + LENGTH_BYTES]!];
    checkFrame(at, length, stream);
    const end = at + LENGTH_BYTES + length;
    if (end > buffer.length) break;
    frames.push({
      stream: stream!,
      atMs: buffer.readDoubleLE(at + 5),
      bytes: bytes.subarray(at + FRAME_HEAD_BYTES, end),
    });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

function checkFrame(at: number, length: number, stream: LogStream | undefined): void {
  const least = FRAME_HEAD_BYTES - LENGTH_BYTES;
  if (length < least || length > least + MAX_FRAME_BYTES) {
    throw new CorruptLog(
      at,
      `a frame is ${least} to ${least + MAX_FRAME_BYTES} bytes long, found ${length} at byte ${at}`,
    );
  }
  if (stream === undefined) {
    throw new CorruptLog(at, `the frame at byte ${at} is of a stream that does not exist`);
  }
}
