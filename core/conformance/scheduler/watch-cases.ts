import { equal, ok } from "node:assert/strict";
import type { Change } from "../../kernel/scheduler.ts";
import type { CaseList } from "./scheduler-case.ts";
import type { Trial } from "./trial.ts";

/** `watch`, its changes: each at least once, as soon as they happen. */
export const watchCases: CaseList = ({ workloads }) => [
  {
    name: "after the listing, changes are reported without a new listing",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const run = await trial.start(workloads.exit(3));
      const changes = await changesUntil(trial, cursor, (it) => {
        return it.attemptId === run.spec.attemptId && it.state === "exited";
      });
      equal(changes.at(-1)?.exit?.exitCode, 3);
      equal(changes.at(-1)?.handle, run.handle);
    },
  },
  {
    name: "the revision of an attempt rises with every change",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const run = await trial.startReady(workloads.untilStopped());
      const seen: Change[] = [];
      const at = await follow(trial, { cursor, into: seen }, (it) => it.state === "running");
      await trial.stop(run, 0);
      await follow(trial, { cursor: at, into: seen }, (it) => it.state === "exited");
      for (const [i, change] of seen.entries()) {
        const before = seen.slice(0, i).findLast((it) => it.attemptId === change.attemptId);
        if (before === undefined) continue;
        const rises = before.state === change.state
          ? change.revision >= before.revision
          : change.revision > before.revision;
        ok(rises, `${before.state} ${before.revision}, then ${change.state} ${change.revision}`);
      }
    },
  },
  {
    name: "changes are reported again to a cursor that has not seen them",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const run = await trial.run(workloads.exit(3));
      for (let i = 0; i < 2; i++) {
        const found = await changesUntil(trial, cursor, (it) => it.state === "exited");
        equal(found.at(-1)?.attemptId, run.spec.attemptId);
      }
    },
  },
  {
    name: "changes come in pages of at most maxChanges, none lost",
    trait: "contract",
    async body(trial) {
      let cursor = await listedCursor(trial);
      const runs = [];
      for (const code of [0, 1, 2, 3, 4]) runs.push(await trial.run(workloads.exit(code)));
      const ended = new Set<string>();
      while (ended.size < runs.length) {
        const page = await trial.watch(cursor, { maxChanges: 2, waitMs: 1_000 });
        ok(page.changes.length <= 2, `${page.changes.length} changes, at most 2 were asked for`);
        for (const it of page.changes) if (it.state === "exited") ended.add(it.attemptId);
        cursor = page.cursor;
      }
    },
  },
  {
    name: "a waiting watch answers as soon as something changes",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const beganAtMs = performance.now();
      const waiting = changesUntil(trial, cursor, () => true, 60_000);
      await trial.start(workloads.exit(0));
      await waiting;
      ok(performance.now() - beganAtMs < 20_000, "it waited on although something had changed");
    },
  },
  {
    name: "a watch without a wait answers at once",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const beganAtMs = performance.now();
      const page = await trial.watch(cursor, { waitMs: 0 });
      equal(page.listing, "no");
      equal(page.changes.length, 0);
      ok(performance.now() - beganAtMs < 5_000, "it waited although waitMs was 0");
    },
  },
  {
    name: "an aborted watch ends at once",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const given = new AbortController();
      const request = { cursor, maxChanges: 10, waitMs: 60_000, epoch: trial.epoch };
      const settled = trial.scheduler.watch(request, given.signal).then(() => {}, () => {});
      const abortedAtMs = performance.now();
      given.abort();
      await settled;
      ok(performance.now() - abortedAtMs < 5_000, "it waited on after the abort");
      await trial.list();
    },
  },
  {
    name: "two watches at the same time both see a change",
    trait: "contract",
    async body(trial) {
      const cursor = await listedCursor(trial);
      const isExit = (it: Change) => it.state === "exited";
      const watches = [changesUntil(trial, cursor, isExit), changesUntil(trial, cursor, isExit)];
      await trial.start(workloads.exit(0));
      await Promise.all(watches);
    },
  },
];

/** The cursor behind a complete listing. */
async function listedCursor(trial: Trial): Promise<string> {
  let cursor = "";
  for (;;) {
    const page = await trial.watch(cursor);
    cursor = page.cursor;
    if (page.listing === "complete") return cursor;
  }
}

async function changesUntil(
  trial: Trial,
  cursor: string,
  isLast: (change: Change) => boolean,
  waitMs = 1_000,
): Promise<readonly Change[]> {
  const into: Change[] = [];
  await follow(trial, { cursor, into, waitMs }, isLast);
  return into;
}

/** Reads changes up to the one that is wanted; answers the cursor behind its page. */
async function follow(
  trial: Trial,
  from: { readonly cursor: string; readonly into: Change[]; readonly waitMs?: number },
  isLast: (change: Change) => boolean,
): Promise<string> {
  let { cursor } = from;
  for (;;) {
    trial.signal.throwIfAborted();
    const page = await trial.watch(cursor, { waitMs: from.waitMs ?? 1_000 });
    equal(page.listing, "no", "a cursor that was just answered is not known any more");
    cursor = page.cursor;
    for (const change of page.changes) {
      from.into.push(change);
      if (isLast(change)) return cursor;
    }
  }
}
