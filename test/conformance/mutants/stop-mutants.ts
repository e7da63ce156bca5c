import { PluginError } from "../../../protocol/errors.ts";
import { attemptOf, type Mutant } from "./mutant.ts";

/** Schedulers that stop wrongly. */
export const stopMutants: readonly Mutant[] = [
  {
    does: "refuses a grace of 0",
    caughtBy: "grace 0 kills at once",
    mutation: (right) => ({
      stop: (ref, graceMs, signal) =>
        graceMs === 0 ? refuse("invalid") : right.stop(ref, graceMs, signal),
    }),
  },
  {
    does: "refuses a repeated stop",
    caughtBy: "a repeated stop is accepted, also after the exit",
    mutation: (right, backend) => ({
      stop: (ref, graceMs, signal) =>
        backend.fenced.has(ref.attemptId) ? refuse("conflict") : right.stop(ref, graceMs, signal),
    }),
  },
  {
    does: "turns an exit into a kill",
    caughtBy: "a stop after the exit changes nothing of it",
    mutation: (right, backend) => ({
      stop(ref, graceMs, signal) {
        const attempt = attemptOf(backend, ref.attemptId);
        if (attempt?.exit) attempt.exit = { ...attempt.exit, exitCode: 137, cause: "signalled" };
        return right.stop(ref, graceMs, signal);
      },
    }),
  },
  {
    does: "needs the handle",
    caughtBy: "stop works with an empty handle",
    mutation: (right) => ({
      stop: (ref, graceMs, signal) =>
        ref.handle === "" ? refuse("not_found") : right.stop(ref, graceMs, signal),
    }),
  },
  {
    does: "knows only what its own generation started",
    caughtBy: "a new generation stops what an earlier one started",
    mutation: (right) => {
      const own = new Set<string>();
      return {
        start: (spec, signal) => (own.add(spec.attemptId), right.start(spec, signal)),
        stop: (ref, graceMs, signal) =>
          own.has(ref.attemptId) ? right.stop(ref, graceMs, signal) : refuse("not_found"),
      };
    },
  },
  {
    does: "lets a stop pass by a start that is under way",
    caughtBy: "a stop while the start is under way leaves nothing running",
    timeoutMs: 300,
    mutation: (right, backend) => ({
      stop: (ref, graceMs, signal) =>
        attemptOf(backend, ref.attemptId)?.state === "running"
          ? right.stop(ref, graceMs, signal)
          : Promise.resolve(),
    }),
  },
  {
    does: "kills without asking",
    caughtBy: "a stop asks first: the attempt may end by itself",
    mutation: (right) => ({ stop: (ref, _, signal) => right.stop(ref, 0, signal) }),
  },
  {
    does: "kills before the grace is over",
    caughtBy: "a stop that is ignored kills after the grace, not before",
    mutation: (right) => ({ stop: (ref, ms, signal) => right.stop(ref, ms / 10, signal) }),
  },
  {
    does: "answers when the attempt has ended",
    caughtBy: "stop answers when it is accepted, not when the attempt has ended",
    timeoutMs: 300,
    mutation: (right, backend) => ({
      async stop(ref, graceMs, signal) {
        await right.stop(ref, graceMs, signal);
        const attempt = attemptOf(backend, ref.attemptId);
        while (attempt?.state === "running" && !signal.aborted) {
          await backend.nextChange(graceMs, signal);
        }
      },
    }),
  },
  {
    does: "keeps to the first grace",
    caughtBy: "a repeat may shorten the grace",
    timeoutMs: 500,
    mutation: (right, backend) => ({
      stop: (ref, graceMs, signal) =>
        backend.fenced.has(ref.attemptId) ? Promise.resolve() : right.stop(ref, graceMs, signal),
    }),
  },
  {
    does: "keeps to the last grace",
    caughtBy: "a repeat never lengthens the grace",
    timeoutMs: 1_000,
    mutation: (right, backend) => ({
      stop(ref, graceMs, signal) {
        const attempt = attemptOf(backend, ref.attemptId);
        if (attempt) attempt.killAtMs = undefined;
        return right.stop(ref, graceMs, signal);
      },
    }),
  },
  {
    does: "keeps graces in memory",
    caughtBy: "the grace goes on while a new generation takes over",
    timeoutMs: 1_000,
    mutation: (_, backend) => {
      for (const it of backend.attempts.values()) clearTimeout(it.killTimer);
      return {};
    },
  },
];

function refuse(code: "invalid" | "conflict" | "not_found"): Promise<never> {
  return Promise.reject(new PluginError(code, "refused by a mutant"));
}
