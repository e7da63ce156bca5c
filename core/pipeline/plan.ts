import type { Need, Pipeline } from "./pipeline.ts";

/** Who waits for whom, as indices into `pipeline.tasks`. */
export interface Plan {
  /** For each task what it needs, in name order. */
  readonly needs: readonly (readonly { readonly task: number; readonly need: Need }[])[];
  /** For each task which tasks need it, ascending. */
  readonly dependents: readonly (readonly number[])[];
}

/** The plan of a pipeline; computed once for each pipeline object. */
export function planPipeline(pipeline: Pipeline): Plan {
  const known = plans.get(pipeline);
  if (known) return known;
  const index = new Map(pipeline.tasks.map(({ name }, i) => [name, i]));
  const needs = pipeline.tasks.map((task) =>
    Object.entries(task.needs).map(([name, need]) => ({ task: index.get(name)!, need }))
  );
  const dependents: number[][] = pipeline.tasks.map(() => []);
  needs.forEach((list, i) => list.forEach(({ task }) => dependents[task]!.push(i)));
  const plan: Plan = { needs, dependents };
  plans.set(pipeline, plan);
  return plan;
}

/** For each task the indices of all tasks it needs, directly or through others, ascending. */
export function ancestorsOf(pipeline: Pipeline): readonly (readonly number[])[] {
  const { needs } = planPipeline(pipeline);
  return needs.map((direct) => {
    const reached = new Set<number>();
    const open = direct.map(({ task }) => task);
    while (open.length > 0) {
      const task = open.pop()!;
      if (reached.has(task)) continue;
      reached.add(task);
      open.push(...needs[task]!.map((need) => need.task));
    }
    return [...reached].sort((a, b) => a - b);
  });
}

const plans = new WeakMap<Pipeline, Plan>();
