import { equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList, SchedulerCase } from "./scheduler-case.ts";

/** `Exit.outputs`: raw, and bounded. */
export const outputCases: CaseList = ({ workloads, traits }) => {
  const { writeOutputs, fillOutputs } = workloads;
  if (traits.maxOutputBytes === 0 || !writeOutputs || !fillOutputs) return [];
  return [
    {
      name: "outputs are returned as they were written",
      trait: "maxOutputBytes",
      async body(trial) {
        const text = 'count=3\nname<<EOF\nzwölf\n"quoted"\nEOF\n';
        const { exit } = await trial.run(writeOutputs(text));
        equal(Buffer.from(exit.outputs).toString(), text);
        equal(exit.outputsTruncated, false);
      },
    },
    {
      name: "an attempt that writes no outputs has none",
      trait: "maxOutputBytes",
      async body(trial) {
        const { exit } = await trial.run(workloads.exit(0));
        equal(exit.outputs.length, 0);
        equal(exit.outputsTruncated, false);
      },
    },
    {
      name: "outputs as large as maxOutputBytes are whole",
      trait: "maxOutputBytes",
      async body(trial) {
        const { exit } = await trial.run(fillOutputs(traits.maxOutputBytes));
        equal(exit.outputs.length, traits.maxOutputBytes);
        equal(exit.outputsTruncated, false);
      },
    },
    {
      name: "larger outputs are marked as truncated",
      trait: "maxOutputBytes",
      async body(trial) {
        const { exit } = await trial.run(fillOutputs(traits.maxOutputBytes + 1));
        equal(exit.outputsTruncated, true);
        ok(exit.outputs.length <= traits.maxOutputBytes, "more than maxOutputBytes is returned");
        equal(exit.exitCode, 0, "too large outputs do not change the exit code");
      },
    },
    ...(attemptsToFill(traits.maxOutputBytes) <= MOST_ATTEMPTS
      ? [
        {
          name: "a page of the watch is at most a message, however large the outputs",
          trait: "maxOutputBytes",
          async body(trial) {
            const count = attemptsToFill(traits.maxOutputBytes);
            for (let i = 0; i < count; i++) await trial.run(fillOutputs(traits.maxOutputBytes));
            const seen = new Set<string>();
            let cursor = "";
            for (let listing = "more"; listing === "more";) {
              const page = await trial.watch(cursor, { maxChanges: 1_000 });
              const bytes = page.changes.reduce(
                (sum, it) => sum + (it.exit?.outputs.length ?? 0),
                0,
              );
              ok(bytes < MESSAGE_BYTES, `a page holds ${bytes} bytes of outputs`);
              for (const it of page.changes) seen.add(it.attemptId);
              ({ cursor, listing } = page);
            }
            equal(seen.size, count);
          },
        } satisfies SchedulerCase,
      ]
      : []),
  ];
};

/** The largest message of the protocol. */
const MESSAGE_BYTES = 8_388_608;

/** Where outputs are small, too many attempts are needed to fill a message. */
const MOST_ATTEMPTS = 20;

function attemptsToFill(maxOutputBytes: number): number {
  return Math.ceil(MESSAGE_BYTES / maxOutputBytes) + 1;
}
