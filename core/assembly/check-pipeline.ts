import { didYouMean } from "../../protocol/nearest.ts";
import { type Pipeline, type PipelineProblem, placeProblem } from "../pipeline/mod.ts";
import type { SchedulerInstance } from "../supervisor/mod.ts";

/** A scheduler instance and who may use it. */
export interface OfferedScheduler extends SchedulerInstance {
  /** Undefined = every namespace. */
  readonly namespaces?: readonly string[];
}

/** What the tasks of a pipeline need and the scheduler instances of its namespace lack, at its place in the file. */
export function checkSchedulers(
  pipeline: Pipeline,
  at: { readonly namespace: string; readonly text: string },
  schedulers: ReadonlyMap<string, OfferedScheduler>,
): readonly PipelineProblem[] {
  return pipeline.tasks.flatMap(({ name, after, scheduler }) => {
    const path = [after ? "after" : "tasks", name, "scheduler"];
    const found = schedulers.get(scheduler);
    if (!found) {
      const known = [...schedulers.keys()];
      const hint = didYouMean(scheduler, known) ??
        (known.length > 0
          ? `there are: ${known.join(", ")}`
          : "this server has none: see errand doctor");
      const message = `expected a scheduler instance, found "${scheduler}"`;
      return [placeProblem(at.text, { path, code: "unknown_scheduler", message, hint })];
    }
    if (found.namespaces && !found.namespaces.includes(at.namespace)) {
      const message = `scheduler ${scheduler} is not for namespace ${at.namespace}`;
      const hint = `it is for ${
        found.namespaces.join(", ")
      }: name another, or let an operator grant it`;
      return [placeProblem(at.text, { path, code: "unsupported", message, hint })];
    }
    if (!found.traits.kinds.includes("process") || !found.traits.workspace) {
      const message = `scheduler ${scheduler} runs no processes in a workspace`;
      return [placeProblem(at.text, { path, code: "unsupported", message })];
    }
    return [];
  });
}
