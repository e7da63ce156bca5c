import { Buffer } from "node:buffer";
import { PluginError } from "../../../protocol/errors.ts";
import type { LogFrame } from "../../../protocol/log-frames.ts";
import { attemptOf, logsAs, type Mutant, startsAs } from "./mutant.ts";

/** Schedulers that log wrongly. */
export const logMutants: readonly Mutant[] = [
  {
    does: "mixes the streams",
    caughtBy: "both streams are logged, each by itself",
    mutation: logsAs(() => ({ stream: "out" })),
  },
  {
    does: "takes every log for text",
    caughtBy: "bytes that are no text are logged as they are",
    mutation: logsAs(({ bytes }) => ({ bytes: Buffer.from(Buffer.from(bytes).toString()) })),
  },
  {
    does: "adds a line feed",
    caughtBy: "the last line needs no line feed",
    mutation: logsAs(({ bytes }) => ({ bytes: Buffer.concat([bytes, Buffer.from("\n")]) })),
  },
  {
    does: "loses a byte of each long chunk",
    caughtBy: "a long log is complete once the exit is reported",
    mutation: logsAs(({ bytes }) => bytes.length > 1_000 ? { bytes: bytes.subarray(1) } : {}),
  },
  {
    does: "forgets the log of what is stopped",
    caughtBy: "the log of an attempt that was stopped keeps what it wrote",
    mutation: (right, backend) => ({
      stop(ref, graceMs, signal) {
        attemptOf(backend, ref.attemptId)?.frames.splice(0);
        return right.stop(ref, graceMs, signal);
      },
    }),
  },
  {
    does: "stamps frames with 0",
    caughtBy: "frames are stamped with the time of writing",
    logs: "frames",
    mutation: (right, backend) => ({
      async start(spec, signal) {
        const answer = await right.start(spec, signal);
        const { frames } = attemptOf(backend, spec.attemptId)!;
        frames.push = (...added: LogFrame[]) =>
          Array.prototype.push.apply(frames, added.map((it) => ({ ...it, atMs: 0 })));
        return answer;
      },
    }),
  },
  {
    does: "masks nothing",
    caughtBy: "byte strings to redact are masked on both streams",
    logs: "frames",
    mutation: startsAs((spec) => ({ ...spec, redact: [] })),
  },
  {
    does: "masks the first byte string only",
    caughtBy: "several byte strings are masked wherever they begin and end",
    logs: "frames",
    mutation: startsAs((spec) => ({ ...spec, redact: spec.redact.slice(0, 1) })),
  },
  {
    does: "has no quota",
    caughtBy: "a log ends in a visible marker at maxLogBytes, and the attempt runs on",
    logs: "frames",
    mutation: startsAs((spec) => ({ ...spec, maxLogBytes: 0 })),
  },
  {
    does: "cuts one byte early",
    caughtBy: "a log of exactly maxLogBytes has no marker",
    logs: "frames",
    mutation: startsAs((spec) => ({ ...spec, maxLogBytes: spec.maxLogBytes - 1 })),
  },
  {
    does: "answers more than maxBytes",
    caughtBy: "a log is read in small pages without loss or repeat",
    mutation: (right) => ({
      readLog: (attempt, request, signal) =>
        right.readLog(attempt, { ...request, maxBytes: 1_000_000 }, signal),
    }),
  },
  {
    does: "answers the cursor before a chunk",
    caughtBy: "a cursor of readLog goes on behind its chunk, in a new generation too",
    mutation: logsAs(() => ({ cursor: "0" })),
  },
  {
    does: "says end too early",
    caughtBy: "readLog does not say end while the attempt runs",
    mutation: (right) => ({
      readLog: async (...call) => ({ ...await right.readLog(...call), end: true }),
    }),
  },
  {
    does: "needs the handle for the log",
    caughtBy: "readLog works with an empty handle",
    mutation: (right) => ({
      readLog: (attempt, request, signal) =>
        attempt.handle === "" ? refuse("no handle") : right.readLog(attempt, request, signal),
    }),
  },
  {
    does: "answers an empty log for what it does not know",
    caughtBy: "readLog of an attempt that is not known is refused as not_found",
    mutation: () => ({
      readLog: () => Promise.resolve({ chunks: [], end: true, gap: false }),
    }),
  },
];

function refuse(message: string): Promise<never> {
  return Promise.reject(new PluginError("not_found", message));
}
