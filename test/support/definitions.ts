import type { AttemptSpec } from "../../core/kernel/scheduler.ts";
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

/** The specification of an attempt that runs `argv`, and nothing else about it. */
export function attemptSpecOf(
  ref: { readonly attemptId: string; readonly epoch: number },
  argv: readonly string[] = ["true"],
): AttemptSpec {
  return {
    ...ref,
    handle: "",
    namespace: "default",
    pipeline: "p",
    task: "t",
    work: { kind: "process", argv, workdir: "" },
    env: {},
    secrets: [],
    redact: [],
    files: [],
    workspace: "",
    logFile: "",
    maxLogBytes: 0,
    limits: { cpu: 0, memoryBytes: 0, pids: 0 },
    startMs: 0,
    runMs: 0,
    graceMs: 0,
    options: "{}",
  };
}
