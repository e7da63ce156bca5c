/** A pipeline in canonical form. The type only: the engine's code is loaded when it is needed. */
type Pipeline = import("../core/pipeline/mod.ts").Pipeline;
type TaskDefinition = Pipeline["tasks"][number];

/**
 * A canonical form written as a pipeline file again, for `PUT pipelines`, which takes files.
 * Parsing it gives the same canonical form, hence the same hash.
 */
export function pipelineFileForm(pipeline: Pipeline): Readonly<Record<string, unknown>> {
  const { name, description, labels, params, parallelism, timeoutMs, priority } = pipeline;
  const section = (after: boolean) =>
    Object.fromEntries(
      pipeline.tasks.filter((task) => task.after === after)
        .map((task) => [task.name, taskFileForm(task)]),
    );
  const after = section(true);
  return {
    name,
    description,
    labels,
    params,
    priority,
    ...(parallelism > 0 ? { parallelism } : {}),
    ...(timeoutMs > 0 ? { timeout: duration(timeoutMs) } : {}),
    tasks: section(false),
    ...(Object.keys(after).length > 0 ? { after } : {}),
  };
}

function taskFileForm(task: TaskDefinition): Readonly<Record<string, unknown>> {
  const { work, timeout, retry } = task;
  return {
    description: task.description,
    ...(work.kind === "script" ? { run: work.script, shell: work.shell } : { command: work.argv }),
    ...(task.workdir ? { workdir: task.workdir } : {}),
    scheduler: task.scheduler,
    env: task.env,
    needs: task.needs,
    ...(task.when ? { when: task.when } : {}),
    allowFailure: task.allowFailure,
    retry: {
      attempts: retry.attempts,
      delay: duration(retry.delayMs),
      backoff: retry.backoff,
      ...(retry.maxDelayMs > 0 ? { maxDelay: duration(retry.maxDelayMs) } : {}),
      jitter: retry.jitter,
      causes: retry.causes,
    },
    timeout: {
      ...(timeout.queueMs > 0 ? { queue: duration(timeout.queueMs) } : {}),
      start: duration(timeout.startMs),
      run: duration(timeout.runMs),
    },
    grace: duration(task.graceMs),
    outputs: task.outputs,
  };
}

function duration(ms: number): string {
  return `${ms}ms`;
}
