import { PluginError } from "../../../protocol/errors.ts";
import { attemptOf, type Mutant, startsAs } from "./mutant.ts";

/** Schedulers with a hole in the fence, and such that remove or exec wrongly. */
export const fenceMutants: readonly Mutant[] = [
  {
    does: "forgets a stop of what it does not know",
    caughtBy: "a start after the stop of an id never seen is fenced",
    mutation: (right, backend) => ({
      stop: (ref, graceMs, signal) =>
        attemptOf(backend, ref.attemptId) ? right.stop(ref, graceMs, signal) : Promise.resolve(),
    }),
  },
  {
    does: "keeps tombstones in memory",
    caughtBy: "a new generation remembers the stop of an id never seen",
    mutation: (_, backend) => (backend.fenced.clear(), {}),
  },
  {
    does: "starts what was stopped",
    caughtBy: "a start after a stop is fenced, also after the exit",
    mutation: startsAs((spec, backend) => (backend.fenced.delete(spec.attemptId), spec)),
  },
  {
    does: "removes the fence too",
    caughtBy: "a start after remove is fenced",
    mutation: startsAs((spec, backend) => (backend.fenced.delete(spec.attemptId), spec)),
  },
  {
    does: "keeps the fence of what was removed in memory",
    caughtBy: "a new generation remembers what was removed",
    mutation: (_, backend) => (backend.fenced.clear(), {}),
  },
  {
    does: "fences everything at once",
    caughtBy: "a fence of one id is none for another",
    mutation: (right, backend) => ({
      start: (spec, signal) =>
        backend.fenced.size > 0 ? refuse("fenced") : right.start(spec, signal),
    }),
  },
  {
    does: "starts for a server that was replaced",
    caughtBy: "start with an older epoch is fenced",
    mutation: startsAs((spec, backend) => ({ ...spec, epoch: backend.epoch })),
  },
  {
    does: "stops for a server that was replaced",
    caughtBy: "stop with an older epoch is fenced, and stops nothing",
    mutation: (right, { epoch }) => ({
      stop: (ref, ms, signal) => right.stop({ ...ref, epoch: Math.max(epoch, 99) }, ms, signal),
    }),
  },
  {
    does: "lists for a server that was replaced",
    caughtBy: "watch with an older epoch is fenced",
    mutation: (right, backend) => ({
      watch: (request, signal) =>
        right.watch({ ...request, epoch: Math.max(request.epoch, backend.epoch) }, signal),
    }),
  },
  {
    does: "removes for a server that was replaced",
    caughtBy: "remove with an older epoch is fenced, and removes nothing",
    mutation: (right, backend) => ({
      remove: (ref, signal) => right.remove({ ...ref, epoch: backend.epoch }, signal),
    }),
  },
  {
    does: "keeps the epoch in memory",
    caughtBy: "a new generation remembers the epoch, and takes the same and a higher one",
    mutation: (_, backend) => (backend.epoch = 0, {}),
  },
  {
    does: "refuses a repeated remove",
    caughtBy: "remove is idempotent, and takes ids that were never seen",
    mutation: (right, backend) => ({
      remove: (ref, signal) =>
        attemptOf(backend, ref.attemptId) ? right.remove(ref, signal) : refuse("not_found"),
    }),
  },
  {
    does: "needs the handle to remove",
    caughtBy: "remove works with an empty handle",
    mutation: (right) => ({
      remove: (ref, signal) => ref.handle === "" ? refuse("not_found") : right.remove(ref, signal),
    }),
  },
  {
    does: "removes everything",
    caughtBy: "remove of one attempt leaves the others",
    mutation: (_, backend) => ({ remove: () => Promise.resolve(backend.attempts.clear()) }),
  },
  {
    does: "gives exec no input",
    caughtBy: "exec gives its input, and answers output and exit code",
    mutation: (right) => ({
      exec: (ref, argv, _, signal) => right.exec!(ref, argv, new Uint8Array(), signal),
    }),
  },
  {
    does: "answers exec beside nothing",
    caughtBy: "exec beside an attempt that has exited is refused",
    mutation: () => ({
      exec: (_, __, stdin) =>
        Promise.resolve({ exitCode: 4, stdout: stdin, stderr: new Uint8Array() }),
    }),
  },
];

function refuse(code: "fenced" | "not_found"): Promise<never> {
  return Promise.reject(new PluginError(code, "refused by a mutant"));
}
