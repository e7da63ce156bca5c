import { deepEqual, equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList } from "./scheduler-case.ts";

/** What any log holds, wherever it is kept. */
export const logCases: CaseList = ({ workloads, traits }) => {
  if (traits.logs === "none") return [];
  const trait = `logs:${traits.logs}`;
  return [
    {
      name: "both streams are logged, each by itself",
      trait,
      async body(trial) {
        const run = await trial.run(
          workloads.print(Buffer.from("to out\n"), Buffer.from("to err\n")),
        );
        const log = await trial.wholeLog(run);
        equal(log.out.toString(), "to out\n");
        equal(log.err.toString(), "to err\n");
      },
    },
    {
      name: "bytes that are no text are logged as they are",
      trait,
      async body(trial) {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        const run = await trial.run(workloads.print(bytes, Buffer.from([0xff, 0xfe, 0, 0xc3])));
        const log = await trial.wholeLog(run);
        deepEqual([...log.out], [...bytes]);
        deepEqual([...log.err], [0xff, 0xfe, 0, 0xc3]);
      },
    },
    {
      name: "the last line needs no line feed",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.print(Buffer.from("no end"), Buffer.from("")));
        equal((await trial.wholeLog(run)).out.toString(), "no end");
      },
    },
    {
      name: "a long log is complete once the exit is reported",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.flood(FLOOD_BYTES));
        const { out } = await trial.wholeLog(run);
        equal(out.length, FLOOD_BYTES);
        equal(out.every((byte) => byte === 0x78), true, "bytes were changed");
      },
    },
    {
      name: "the log of an attempt that was stopped keeps what it wrote",
      trait,
      async body(trial) {
        const run = await trial.startReady(workloads.untilStopped());
        await trial.stop(run, 0);
        await trial.exitOf(run);
        equal((await trial.wholeLog(run)).out.toString(), "ready\n");
      },
    },
  ];
};

const FLOOD_BYTES = 1_000_003;
