import { equal } from "node:assert/strict";
import type { CaseList } from "./scheduler-case.ts";

/** `remove`: frees, as often as it is called. */
export const removeCases: CaseList = ({ workloads }) => [
  {
    name: "remove is idempotent, and takes ids that were never seen",
    trait: "contract",
    async body(trial) {
      const run = await trial.run(workloads.exit(0));
      await Promise.all([trial.remove(run), trial.remove(run)]);
      await trial.remove(run);
      await trial.remove({ spec: trial.spec(workloads.exit(0)), handle: "" });
      equal((await trial.list()).size, 0);
    },
  },
  {
    name: "remove works with an empty handle",
    trait: "contract",
    async body(trial) {
      const run = await trial.run(workloads.exit(0));
      await trial.remove({ ...run, handle: "" });
      equal((await trial.list()).size, 0);
    },
  },
  {
    name: "remove of one attempt leaves the others",
    trait: "contract",
    async body(trial) {
      const gone = await trial.run(workloads.exit(0));
      const kept = await trial.run(workloads.exit(3));
      const running = await trial.startReady(workloads.untilStopped());
      await trial.remove(gone);
      const listed = await trial.list();
      equal(listed.size, 2);
      equal(listed.get(kept.spec.attemptId)?.exit?.exitCode, 3);
      equal(listed.get(running.spec.attemptId)?.state, "running");
    },
  },
];
