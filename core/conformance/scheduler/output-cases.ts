import { equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList } from "./scheduler-case.ts";

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
  ];
};
