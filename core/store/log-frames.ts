import { CorruptLog, decodeFrames, FRAME_HEAD_BYTES } from "../../protocol/log-frames.ts";

/** A piece of a log: stream 1 out, 2 err, 3 a marker of ours, 4 control (never shown). */
export interface LogFrame {
  readonly stream: number;
  /** Epoch ms. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

export { FRAME_HEAD_BYTES };

const STREAMS = { out: 1, err: 2, marker: 3, control: 4 } as const;

/** The whole frames at the beginning of `bytes`, which are at `offset` of a file of `size` bytes. */
export function readFrames(
  bytes: Uint8Array,
  file: { readonly offset: number; readonly size: number },
): { readonly frames: readonly LogFrame[]; readonly offset: number } {
  try {
    const { frames, rest } = decodeFrames(bytes);
    return {
      frames: frames.map((frame) => ({ ...frame, stream: STREAMS[frame.stream] })),
      offset: file.offset + bytes.length - rest.length,
    };
  } catch (error) {
    if (!(error instanceof CorruptLog)) throw error;
    const { frames, offset } = readFrames(bytes.subarray(0, error.offset), file);
    return { frames: [...frames, damaged(offset, frames.at(-1)?.atMs ?? 0)], offset: file.size };
  }
}

/** The bytes of the frame that begins with this head, itself included; undefined when it is none. */
export function frameBytes(head: Uint8Array): number | undefined {
  try {
    decodeFrames(head.subarray(0, FRAME_HEAD_BYTES));
  } catch (error) {
    if (error instanceof CorruptLog) return undefined;
    throw error;
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.getUint32(0, true) + Uint32Array.BYTES_PER_ELEMENT;
}

function damaged(offset: number, atMs: number): LogFrame {
  const text = `[errand: this log is damaged from byte ${offset} on, what follows is lost]`;
  return { stream: STREAMS.marker, atMs, bytes: new TextEncoder().encode(text) };
}
