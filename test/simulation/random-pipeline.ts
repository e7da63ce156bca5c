import type { Pipeline, RetryCause, TaskDefinition } from "../../core/pipeline/mod.ts";
import type { Random } from "./random.ts";

const NEEDS = ["success", "success", "failure", "notFailed", "any"] as const;
const CAUSES: readonly RetryCause[] = ["exit", "infrastructure", "timeout", "outputs"];

/** A small pipeline out of chance: a few tasks with needs, retries, limits, and sometimes `after`. */
export function randomPipeline(random: Random): Pipeline {
  const count = 1 + random.int(4);
  const tasks = Array.from(
    { length: count },
    (_, i) => randomTask(random, { index: i, after: false }),
  );
  const after = random.chance(0.3) ? [randomTask(random, { index: 0, after: true })] : [];
  return {
    name: "p",
    description: "",
    labels: {},
    params: {},
    parallelism: random.chance(0.2) ? 1 + random.int(2) : 0,
    timeoutMs: random.chance(0.1) ? 20 + random.int(200) : 0,
    priority: random.int(3) - 1,
    tasks: [...tasks, ...after],
  };
}

function randomTask(
  random: Random,
  at: { readonly index: number; readonly after: boolean },
): TaskDefinition {
  const needs: Record<string, (typeof NEEDS)[number]> = {};
  if (!at.after) {
    for (let i = 0; i < at.index; i++) {
      if (random.chance(0.5)) needs[`t${i}`] = random.pick(NEEDS);
    }
  }
  return {
    name: at.after ? `z${at.index}` : `t${at.index}`,
    description: "",
    after: at.after,
    work: { kind: "command", argv: ["true"] },
    workdir: "",
    scheduler: "sim",
    env: {},
    needs,
    when: random.chance(0.1) ? random.pick(["true", "false", "run.number > 2"]) : "",
    allowFailure: random.chance(0.2),
    retry: {
      attempts: 1 + random.int(3),
      delayMs: random.int(20),
      backoff: random.pick(["constant", "exponential"]),
      maxDelayMs: 0,
      jitter: random.chance(0.5),
      causes: CAUSES.filter(() => random.chance(0.7)),
    },
    timeout: {
      queueMs: random.chance(0.1) ? 1 + random.int(60) : 0,
      startMs: random.chance(0.1) ? 5 + random.int(40) : 1_000,
      runMs: random.chance(0.2) ? 5 + random.int(60) : 800,
    },
    graceMs: random.int(10),
    outputs: {},
  };
}
