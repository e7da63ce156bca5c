import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { CaseList } from "./scheduler-case.ts";
import type { Trial } from "./trial.ts";

/** `watch`, its listing: all attempts, page by page, for whoever asks. */
export const listingCases: CaseList = ({ workloads, traits }) => [
  {
    name: "the listing of an empty installation is complete at once",
    trait: "contract",
    async body(trial) {
      const page = await trial.watch("");
      deepEqual([page.changes.length, page.listing], [0, "complete"]);
      ok(Buffer.byteLength(page.cursor) <= 4_096, "a cursor is at most 4 KiB");
    },
  },
  {
    name: "a listing has every attempt whose start had resolved before it",
    trait: "contract",
    async body(trial) {
      const runs = await startSome(trial);
      const listed = await trial.list();
      deepEqual([...listed.keys()].sort(), runs.map((it) => it.spec.attemptId).sort());
      for (const { spec, handle } of runs) {
        const change = listed.get(spec.attemptId)!;
        equal(change.handle, handle);
        equal(change.exit !== undefined, change.state === "exited", "exit goes with exited only");
      }
    },
  },
  {
    name: "a listing in small pages says more until it is complete",
    trait: "contract",
    async body(trial) {
      const runs = await startSome(trial);
      const found: string[] = [];
      let cursor = "";
      let pages = 0;
      for (let listing = "more"; listing === "more"; pages++) {
        ok(pages < 50, "the listing does not end");
        const page = await trial.watch(cursor, { maxChanges: 2 });
        ok(page.changes.length <= 2, `${page.changes.length} changes, at most 2 were asked for`);
        found.push(...page.changes.map((it) => it.attemptId));
        ({ cursor, listing } = page);
        ok(listing !== "no", "a listing was left before it was complete");
      }
      deepEqual([...new Set(found)].sort(), runs.map((it) => it.spec.attemptId).sort());
      ok(pages >= 3, `five attempts in pages of two are three pages, not ${pages}`);
    },
  },
  {
    name: "an unknown cursor lists from the beginning",
    trait: "contract",
    async body(trial) {
      const run = await trial.run(workloads.exit(0));
      for (const cursor of ["not-a-cursor", "0", "999999999", "{}", "é\n"]) {
        const page = await trial.watch(cursor);
        equal(page.listing, "complete", `the cursor "${cursor}" was taken for one of its own`);
        deepEqual(page.changes.map((it) => it.attemptId), [run.spec.attemptId]);
      }
    },
  },
  {
    name: "an attempt that exited stays listed until it is removed",
    trait: "contract",
    async body(trial) {
      const run = await trial.run(workloads.exit(3));
      for (let i = 0; i < 2; i++) {
        equal((await trial.list()).get(run.spec.attemptId)?.exit?.exitCode, 3);
      }
      await trial.remove(run);
      equal((await trial.list()).has(run.spec.attemptId), false);
    },
  },
  {
    name: "a new generation lists what earlier ones started, with their exits",
    trait: `reach:${traits.reach}`,
    async body(trial) {
      const ended = await trial.run(workloads.exit(3));
      const running = await trial.startReady(workloads.untilStopped());
      await trial.reopen();
      const listed = await trial.list();
      deepEqual(listed.get(ended.spec.attemptId)?.exit, ended.exit);
      equal(listed.get(running.spec.attemptId)?.state, "running");
      equal(listed.get(running.spec.attemptId)?.handle, running.handle);
    },
  },
  {
    name: "an attempt that ended while no generation looked is listed with its exit",
    trait: `reach:${traits.reach}`,
    async body(trial) {
      const run = await trial.start(workloads.exit(5));
      await trial.reopen();
      equal((await trial.exitOf(run)).exitCode, 5);
    },
  },
];

/** Five attempts in different states. */
async function startSome(trial: Trial) {
  const { workloads } = trial.subject;
  const runs = [];
  for (const code of [0, 1, 2]) runs.push(await trial.start(workloads.exit(code)));
  runs.push(await trial.start(workloads.missing()));
  runs.push(await trial.startReady(workloads.untilStopped()));
  return runs;
}
