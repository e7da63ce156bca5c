import type { Pipeline, TaskDefinition } from "../../core/pipeline/mod.ts";

/** A canonical task that succeeds by doing nothing, but for the fields given. */
export function taskOf(name: string, fields: Partial<TaskDefinition> = {}): TaskDefinition {
  return {
    name,
    description: "",
    after: false,
    work: { kind: "command", argv: ["true"] },
    workdir: "",
    scheduler: "process",
    env: {},
    needs: {},
    when: "",
    allowFailure: false,
    retry: {
      attempts: 1,
      delayMs: 0,
      backoff: "constant",
      maxDelayMs: 0,
      jitter: false,
      causes: ["exit", "infrastructure", "timeout"],
    },
    timeout: { queueMs: 0, startMs: 600_000, runMs: 3_600_000 },
    graceMs: 10_000,
    outputs: {},
    ...fields,
  };
}

/** A canonical pipeline of these tasks. */
export function pipelineOf(
  tasks: readonly TaskDefinition[],
  fields: Partial<Pipeline> = {},
): Pipeline {
  return {
    name: "p",
    description: "",
    labels: {},
    params: {},
    parallelism: 0,
    timeoutMs: 0,
    priority: 0,
    tasks,
    ...fields,
  };
}
