/** A piece of a log: stream 1 out, 2 err, 3 a marker of ours, 4 control (never shown). */
export interface LogFrame {
  readonly stream: number;
  /** Epoch ms. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** `u32le length | u8 stream | f64le atMs`; the length counts all behind itself. */
export const FRAME_HEAD_BYTES = 13;
const LENGTH_BYTES = 4;
const MARKER = 3;
/** No writer makes larger ones. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Where the frame at `at` ends, whether or not all of it is there; undefined when it is none. */
export function frameEnd(bytes: Uint8Array, at: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + LENGTH_BYTES > view.byteLength) return at + FRAME_HEAD_BYTES;
  const length = view.getUint32(at, true);
  const isFrame = length >= FRAME_HEAD_BYTES - LENGTH_BYTES && length <= MAX_FRAME_BYTES;
  return isFrame ? at + LENGTH_BYTES + length : undefined;
}

/** The whole frames at the beginning of `bytes`, which are at `offset` of a file of `size` bytes. */
export function readFrames(
  bytes: Uint8Array,
  file: { readonly offset: number; readonly size: number },
): { readonly frames: readonly LogFrame[]; readonly offset: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: LogFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at);
    if (end === undefined) {
      frames.push(damaged(file.offset + at));
      return { frames, offset: file.size };
    }
    if (end > bytes.length) break;
    frames.push({
      stream: view.getUint8(at + LENGTH_BYTES),
      atMs: view.getFloat64(at + LENGTH_BYTES + 1, true),
      bytes: bytes.subarray(at + FRAME_HEAD_BYTES, end),
    });
    at = end;
  }
  return { frames, offset: file.offset + at };
}

function damaged(offset: number): LogFrame {
  const text = `[errand: this log is damaged from byte ${offset} on, what follows is lost]`;
  return { stream: MARKER, atMs: 0, bytes: new TextEncoder().encode(text) };
}
