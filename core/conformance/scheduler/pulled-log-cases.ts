import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readChunks } from "./read-log.ts";
import { refused } from "./refused.ts";
import type { CaseList } from "./scheduler-case.ts";

/** `readLog`: page by page, from any cursor, by any generation. */
export const pulledLogCases: CaseList = ({ workloads, traits, readsLogs = false }) => {
  if (traits.logs === "none" || (traits.logs === "frames" && !readsLogs)) return [];
  const trait = `logs:${traits.logs}`;
  return [
    {
      name: "a log is read in small pages without loss or repeat",
      trait,
      async body(trial) {
        const text = Buffer.from(Array.from({ length: 500 }, (_, i) => `line ${i}\n`).join(""));
        const run = await trial.run(workloads.print(text, Buffer.from("")));
        await trial.wholeLog(run);
        const { chunks, end } = await readChunks(trial, run, 100);
        equal(end, true);
        equal(Buffer.concat(chunks.map((it) => it.bytes)).toString(), text.toString());
      },
    },
    {
      name: "a cursor of readLog goes on behind its chunk, in a new generation too",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.print(Buffer.from("0123456789"), Buffer.from("")));
        await trial.wholeLog(run);
        const ref = { ...run.spec, handle: run.handle };
        const first = await trial.scheduler.readLog(
          ref,
          { cursor: "", maxBytes: 4, waitMs: 0 },
          trial.signal,
        );
        const seen = Buffer.concat(first.chunks.map((it) => it.bytes)).toString();
        ok(seen.length > 0 && "0123456789".startsWith(seen), `read "${seen}"`);
        await trial.reopen();
        const rest = await trial.scheduler.readLog(
          ref,
          { cursor: first.chunks.at(-1)!.cursor, maxBytes: 100, waitMs: 0 },
          trial.signal,
        );
        equal(seen + Buffer.concat(rest.chunks.map((it) => it.bytes)).toString(), "0123456789");
        deepEqual([rest.end, rest.gap], [true, false]);
      },
    },
    {
      name: "readLog does not say end while the attempt runs",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        const { chunks, end } = await readChunks(trial, run, 100);
        equal(Buffer.concat(chunks.map((it) => it.bytes)).toString(), "ready\n");
        equal(end, false);
      },
    },
    {
      name: "readLog works with an empty handle",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.print(Buffer.from("found"), Buffer.from("")));
        await trial.wholeLog(run);
        const { chunks } = await readChunks(trial, { ...run, handle: "" }, 100);
        equal(Buffer.concat(chunks.map((it) => it.bytes)).toString(), "found");
      },
    },
    {
      name: "readLog of an attempt that is not known is refused as not_found",
      trait,
      async body(trial) {
        const attemptId = trial.ground.newAttemptId();
        const request = { cursor: "", maxBytes: 100, waitMs: 0 };
        const ref = { attemptId, handle: "", epoch: trial.epoch };
        await refused(trial.scheduler.readLog(ref, request, trial.signal), "not_found");
      },
    },
  ];
};
