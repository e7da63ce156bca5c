import type { JsonValue, Scope } from "../pipeline/mod.ts";
import { mainOutcome } from "./outcome.ts";
import type { Run } from "./state.ts";

/** What expressions of a run see. `run.outcome` is there once all tasks but `after` have ended. */
export function scopeOf(run: Run, secrets: Readonly<Record<string, string>> = {}): Scope {
  const tasks: Record<string, { state: string; outputs: Readonly<Record<string, JsonValue>> }> = {};
  run.tasks.forEach((task, i) => {
    tasks[run.definition.tasks[i]!.name] = { state: task.state, outputs: task.outputs ?? {} };
  });
  return {
    params: run.params,
    secrets,
    tasks,
    run: {
      id: String(run.id),
      number: run.number,
      startedAt: new Date(run.startedAtMs ?? run.createdAtMs).toISOString(),
      initiator: run.initiator,
      ...(run.afterPhase ? { outcome: mainOutcome(run) } : {}),
    },
    pipeline: { name: run.pipeline, version: run.version, namespace: run.namespace },
  };
}
