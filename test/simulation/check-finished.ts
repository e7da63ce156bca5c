import { type Run, runFromRows, type TaskState } from "../../core/run/mod.ts";
import type { SimBackend } from "./sim-backend.ts";
import type { SimStore } from "./sim-store.ts";
import { Verdicts, Violation } from "./violation.ts";

const FAILURES: readonly TaskState[] = ["failed", "timed_out", "lost"];

/** What must hold once everything is quiet. Judges by its own reading of the edges table. */
export function checkFinished(world: {
  readonly store: SimStore;
  readonly backend: SimBackend;
  readonly acked: ReadonlySet<number>;
  readonly verdicts: Verdicts;
}): void {
  const { store, backend, acked, verdicts } = world;
  try {
    for (const runId of acked) {
      if (store.runState(runId) === undefined) fail(`I1: acknowledged run ${runId} is lost`);
    }
    for (const key of store.table("run").keys()) {
      const stored = store.stored(Number(key));
      checkRun(runFromRows(stored, store.definitions.get(Number(stored.run[3]))!));
    }
    if (backend.live > 0) fail(`I6: ${backend.live} attempts are left running`);
    for (const id of backend.attempts.keys()) fail(`I6: the backend still remembers ${id}`);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    verdicts.first ??= error;
  }
}

function checkRun(run: Run): void {
  if (run.state === "queued" || run.state === "running") {
    fail(`I2: run ${run.id} never ended: ${JSON.stringify(run.tasks)}`);
  }
  if (run.reason?.reason === "poisoned") return;
  run.definition.tasks.forEach((definition, i) => {
    const task = run.tasks[i]!;
    const where = `run ${run.id} ${definition.name}`;
    if (task.attempts.length > definition.retry.attempts) {
      fail(`I5: ${where} had ${task.attempts.length} attempts of ${definition.retry.attempts}`);
    }
    for (const attempt of task.attempts) {
      if (attempt.finishedAtMs === undefined) fail(`${where}: attempt ${attempt.n} never ended`);
    }
    if (task.attempts.length > 0) {
      for (const [name, need] of Object.entries(definition.needs)) {
        const index = run.definition.tasks.findIndex((t) => t.name === name);
        if (!satisfies(need, run.tasks[index]!.state, run.definition.tasks[index]!.allowFailure)) {
          fail(`${where} ran though ${name} (${need}) ${run.tasks[index]!.state}`);
        }
      }
    }
  });
  const failed = run.definition.tasks.some((definition, i) =>
    !definition.after && !definition.allowFailure && FAILURES.includes(run.tasks[i]!.state)
  );
  if (run.state === "succeeded" && failed) fail(`run ${run.id} succeeded with a failed task`);
  if (run.state === "failed" && !failed) fail(`run ${run.id} failed without a failed task`);
}

function satisfies(need: string, state: TaskState, allowFailure: boolean): boolean {
  switch (need) {
    case "success":
      return state === "succeeded" || (allowFailure && FAILURES.includes(state));
    case "failure":
      return FAILURES.includes(state);
    case "notFailed":
      return state === "succeeded" || state === "skipped";
    default:
      return true;
  }
}

function fail(message: string): never {
  throw new Violation(message);
}
