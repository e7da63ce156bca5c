import type {
  AttemptSpec,
  Change,
  Exit,
  LogChunk,
  Scheduler,
} from "../../../core/kernel/scheduler.ts";
import type { MemoryAttempt, MemoryBackend } from "../../support/memory-backend.ts";
import type { Mutation } from "../../support/memory-subject.ts";

/** A scheduler that breaks one rule, and the case that must catch it. */
export interface Mutant {
  /** What it does wrong. */
  readonly does: string;
  /** The name of the case. */
  readonly caughtBy: string;
  readonly logs?: "frames" | "cursor";
  /** How long the case may take; short where being caught means running out of time. */
  readonly timeoutMs?: number;
  readonly mutation: Mutation;
}

/** Starts something else than what was ordered. */
export function startsAs(change: (spec: AttemptSpec, backend: MemoryBackend) => AttemptSpec) {
  return (right: Scheduler, backend: MemoryBackend): Partial<Scheduler> => ({
    start: (spec, signal) => right.start(change(spec, backend), signal),
  });
}

/** Reports changes in another form, or (undefined) not at all. */
export function reportsAs(
  change: (it: Change, listing: string, backend: MemoryBackend) => Change | undefined,
) {
  return (right: Scheduler, backend: MemoryBackend): Partial<Scheduler> => ({
    async watch(request, signal) {
      const page = await right.watch(request, signal);
      const changes = page.changes.map((it) => change(it, page.listing, backend));
      return { ...page, changes: changes.filter((it) => it !== undefined) };
    },
  });
}

/** Reports exits in another form. */
export function exitsAs(change: (exit: Exit) => Partial<Exit>): Mutation {
  return reportsAs((it) => it.exit ? { ...it, exit: { ...it.exit, ...change(it.exit) } } : it);
}

/** Answers log chunks in another form. */
export function logsAs(change: (chunk: LogChunk) => Partial<LogChunk>) {
  return (right: Scheduler): Partial<Scheduler> => ({
    async readLog(attempt, request, signal) {
      const page = await right.readLog(attempt, request, signal);
      return { ...page, chunks: page.chunks.map((it) => ({ ...it, ...change(it) })) };
    },
  });
}

/** The backend's attempt. */
export function attemptOf(backend: MemoryBackend, id: string): MemoryAttempt | undefined {
  return backend.attempts.get(id);
}

/** An argument vector in place of the ordered one. */
export function argvOf(spec: AttemptSpec, ...argv: readonly string[]): AttemptSpec {
  return { ...spec, work: { kind: "process", argv, workdir: "" } };
}
