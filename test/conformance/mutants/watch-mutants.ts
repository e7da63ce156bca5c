import { PluginError } from "../../../protocol/errors.ts";
import type { Mutation } from "../../support/memory-subject.ts";
import { type Mutant, reportsAs } from "./mutant.ts";

/** Schedulers that list or watch wrongly. */
export const watchMutants: readonly Mutant[] = [
  {
    does: "never completes an empty listing",
    caughtBy: "the listing of an empty installation is complete at once",
    mutation: (right) => ({
      watch: async (...call) => ({ ...await right.watch(...call), listing: "more" }),
    }),
  },
  {
    does: "lists no attempt that failed to start",
    caughtBy: "a listing has every attempt whose start had resolved before it",
    mutation: reportsAs((it, _, backend) => {
      const work = backend.attempts.get(it.attemptId)?.spec.work;
      return work?.kind === "process" && work.argv[0] === "no-such-program" ? undefined : it;
    }),
  },
  {
    does: "lists everything on one page",
    caughtBy: "a listing in small pages says more until it is complete",
    mutation: ignoresPageSize(),
  },
  {
    does: "lists outputs beyond the size of a message",
    caughtBy: "a page of the watch is at most a message, however large the outputs",
    mutation: ignoresPageSize(),
  },
  {
    does: "refuses a cursor that it does not know",
    caughtBy: "an unknown cursor lists from the beginning",
    mutation: (right, backend) => ({
      watch: (request, signal) =>
        request.cursor === "" || request.cursor.startsWith(backend.name)
          ? right.watch(request, signal)
          : Promise.reject(new PluginError("invalid", "what a strange cursor")),
    }),
  },
  {
    does: "lists no attempt that has exited",
    caughtBy: "an attempt that exited stays listed until it is removed",
    mutation: reportsAs((it, listing) => listing !== "no" && it.exit ? undefined : it),
  },
  {
    does: "lists only what its own generation started",
    caughtBy: "a new generation lists what earlier ones started, with their exits",
    mutation: listsOwnOnly(),
  },
  {
    does: "knows no exit of an earlier generation's attempt",
    caughtBy: "an attempt that ended while no generation looked is listed with its exit",
    timeoutMs: 300,
    mutation: listsOwnOnly(),
  },
  {
    does: "answers every cursor with a listing",
    caughtBy: "after the listing, changes are reported without a new listing",
    mutation: (right) => ({
      watch: (request, signal) => right.watch({ ...request, cursor: "" }, signal),
    }),
  },
  {
    does: "does not count revisions",
    caughtBy: "the revision of an attempt rises with every change",
    mutation: reportsAs((it) => ({ ...it, revision: 1 })),
  },
  {
    does: "reports a change only once",
    caughtBy: "changes are reported again to a cursor that has not seen them",
    timeoutMs: 300,
    mutation: (right) => {
      const told = new Set<number>();
      return reportsAs((it, listing) => {
        if (listing !== "no") return it;
        return told.has(it.revision) ? undefined : (told.add(it.revision), it);
      })(right, undefined!);
    },
  },
  {
    does: "answers more changes than asked for",
    caughtBy: "changes come in pages of at most maxChanges, none lost",
    mutation: ignoresPageSize(),
  },
  {
    does: "waits to the end whatever happens",
    caughtBy: "a waiting watch answers as soon as something changes",
    timeoutMs: 500,
    mutation: (right, backend) => ({
      async watch(request, signal) {
        const endsAtMs = performance.now() + request.waitMs;
        for (let left = request.waitMs; left > 0 && !signal.aborted;) {
          await backend.nextChange(left, signal);
          left = endsAtMs - performance.now();
        }
        return await right.watch({ ...request, waitMs: 0 }, signal);
      },
    }),
  },
  {
    does: "waits unasked",
    caughtBy: "a watch without a wait answers at once",
    timeoutMs: 500,
    mutation: (right) => ({
      watch: (request, signal) => right.watch({ ...request, waitMs: 60_000 }, signal),
    }),
  },
  {
    does: "does not listen to the signal",
    caughtBy: "an aborted watch ends at once",
    timeoutMs: 500,
    mutation: (right) => ({
      watch: (request) => {
        const waitMs = Math.min(request.waitMs, 1_300); // ends before the test does
        return right.watch({ ...request, waitMs }, new AbortController().signal);
      },
    }),
  },
  {
    does: "serves one watch at a time",
    caughtBy: "two watches at the same time both see a change",
    mutation: (right) => {
      let busy = false;
      return {
        async watch(request, signal) {
          if (busy) throw new PluginError("conflict", "another watch is under way");
          busy = true;
          return await right.watch(request, signal).finally(() => busy = false);
        },
      };
    },
  },
];

/** Joins pages until no more are there. */
function ignoresPageSize(): Mutation {
  return (right) => ({
    async watch(request, signal) {
      let page = await right.watch(request, signal);
      const changes = [...page.changes];
      while (page.listing === "more" || (page.listing === "no" && page.changes.length > 0)) {
        page = await right.watch({ ...request, cursor: page.cursor, waitMs: 0 }, signal);
        changes.push(...page.changes);
      }
      return { ...page, changes };
    },
  });
}

function listsOwnOnly(): Mutation {
  return (right, backend) => {
    const earlier = new Set(backend.attempts.keys());
    return reportsAs((it) => earlier.has(it.attemptId) ? undefined : it)(right, backend);
  };
}
