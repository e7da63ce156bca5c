import { deepEqual, equal, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import {
  CorruptLog,
  decodeFrames,
  encodeFrame,
  FRAME_HEAD_BYTES,
  type LogFrame,
  MAX_FRAME_BYTES,
} from "./log-frames.ts";

const frame: fc.Arbitrary<LogFrame> = fc.record({
  stream: fc.constantFrom("out", "err", "marker", "control"),
  atMs: fc.double({ noNaN: true }),
  bytes: fc.uint8Array({ maxLength: 300 }),
});

test("what was encoded is decoded, however it is cut into chunks", () => {
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 40 });
  fc.assert(fc.property(fc.array(frame, { maxLength: 12 }), cuts, (frames, lengths) => {
    const whole = Buffer.concat(frames.map(encodeFrame));
    const found: ReturnType<typeof plain>[] = [];
    let rest: Uint8Array = new Uint8Array();
    let at = 0;
    for (const length of [...lengths, whole.length]) {
      const decoded = decodeFrames(Buffer.concat([rest, whole.subarray(at, at + length)]));
      found.push(...decoded.frames.map(plain));
      rest = decoded.rest;
      at += length;
    }
    deepEqual(found, frames.map(plain));
    equal(rest.length, 0);
  }));
});

test("a last frame that is cut anywhere is left over", () => {
  const first = encodeFrame({ stream: "out", atMs: 1, bytes: Buffer.from("whole") });
  const second = encodeFrame({ stream: "err", atMs: 2, bytes: Buffer.from("cut") });
  for (let length = 0; length < second.length; length++) {
    const { frames, rest } = decodeFrames(Buffer.concat([first, second.subarray(0, length)]));
    equal(frames.length, 1);
    equal(rest.length, length);
  }
});

test("the layout is what docs and launcher say", () => {
  const encoded = encodeFrame({ stream: "marker", atMs: 1.5, bytes: Buffer.from("hi") });
  equal(Buffer.from(encoded).toString("hex"), "0b00000003000000000000f83f6869");
  equal(FRAME_HEAD_BYTES, 13);
});

test("a length or a stream that no frame has is corrupt, and the place is named", () => {
  const good = encodeFrame({ stream: "out", atMs: 1, bytes: Buffer.from("good") });
  const table: readonly [number, number, number][] = [
    [9 + MAX_FRAME_BYTES + 1, 1, good.length],
    [0xffffffff, 1, good.length],
    [8, 1, good.length],
    [9, 0, good.length],
    [9, 5, good.length],
  ];
  for (const [length, stream, offset] of table) {
    const bad = Buffer.alloc(FRAME_HEAD_BYTES);
    bad.writeUInt32LE(length, 0);
    bad.writeUInt8(stream, 4);
    throws(
      () => decodeFrames(Buffer.concat([good, bad])),
      (error) => error instanceof CorruptLog && error.offset === offset,
    );
  }
});

test("the largest frame passes, a larger one is refused", () => {
  const bytes = Buffer.alloc(MAX_FRAME_BYTES);
  const { frames } = decodeFrames(encodeFrame({ stream: "out", atMs: 0, bytes }));
  equal(frames[0]!.bytes.length, MAX_FRAME_BYTES);
  throws(
    () => encodeFrame({ stream: "out", atMs: 0, bytes: Buffer.alloc(MAX_FRAME_BYTES + 1) }),
    RangeError,
  );
});

function plain(it: LogFrame): { stream: string; atMs: number; bytes: string } {
  return { ...it, bytes: Buffer.from(it.bytes).toString("hex") };
}
