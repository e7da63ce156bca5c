import { runOutcome } from "./edges.ts";
import { isEnded, type Reason, type Run, type RunState } from "./state.ts";

/** How the run ends, judged by its tasks without `after`; call it once they have all ended. */
export function mainOutcome(run: Run): RunState {
  const tasks = run.tasks.flatMap((task, i) => {
    const definition = run.definition.tasks[i]!;
    if (definition.after || !isEnded(task.state)) return [];
    return [{ outcome: task.state, allowFailure: definition.allowFailure }];
  });
  return runOutcome(run.ending?.for, tasks);
}

/** Why it ended so, where there is more to say than the state does. */
export function outcomeReason(run: Run): Reason | undefined {
  if (run.ending?.for === "cancel") {
    return { reason: "cancelled", message: `${run.ending.by} cancelled it` };
  }
  if (run.ending?.for === "run_timeout") {
    return { reason: "run_timeout", message: "it reached its own limit" };
  }
  const failed = run.tasks.flatMap((task, i) => {
    const { name, after, allowFailure } = run.definition.tasks[i]!;
    const counts = !after && !allowFailure &&
      (task.state === "failed" || task.state === "timed_out" || task.state === "lost");
    return counts ? [`${name} ${task.state}`] : [];
  });
  if (failed.length === 0) return undefined;
  const shown = failed.slice(0, 3).join(", ") + (failed.length > 3 ? ", …" : "");
  return { reason: "tasks", message: shown };
}
