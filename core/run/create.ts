import { currentAttempt, Draft } from "./draft.ts";
import type { Command, Step } from "./event.ts";
import { settle } from "./settle.ts";
import { isTerminal, type Run } from "./state.ts";

/** A new run, with what is to be done for it: its first tasks are ready at once. */
export function createRun(
  facts: Omit<Run, "state" | "afterPhase" | "tasks" | "labels">,
): Step {
  const draft = new Draft({
    ...facts,
    labels: facts.definition.labels,
    state: "queued",
    afterPhase: false,
    tasks: facts.definition.tasks.map(() => ({ state: "blocked", attempts: [] })),
  }, facts.createdAtMs);
  settle(draft);
  return draft.step();
}

/**
 * What a server that read this run back has to do again, besides finding its live attempts: offer
 * what is ready, count what was counting, repeat stops that were ordered.
 */
export function resumeRun(run: Run): readonly Command[] {
  if (isTerminal(run.state)) return [];
  const commands: Command[] = [];
  const timer = (
    kind: "queue" | "start" | "run" | "due" | "run_limit",
    at: { task: number; n: number; sinceMs: number; durationMs: number },
  ) => {
    if (at.durationMs > 0 || kind === "due") {
      commands.push({ type: "timer", timer: { kind, ...at } });
    }
  };
  const { timeoutMs } = run.definition;
  if (run.startedAtMs !== undefined && !run.ending && !run.afterPhase) {
    timer("run_limit", { task: -1, n: 0, sinceMs: run.startedAtMs, durationMs: timeoutMs });
  }
  run.tasks.forEach((task, i) => {
    const { timeout, graceMs } = run.definition.tasks[i]!;
    const attempt = currentAttempt(task);
    const n = task.attempts.length;
    if (task.state === "queued") {
      commands.push({ type: "offer", task: i });
      const sinceMs = task.queuedAtMs ?? run.createdAtMs;
      timer("queue", { task: i, n: n + 1, sinceMs, durationMs: timeout.queueMs });
    } else if (task.state === "waiting" && task.dueAtMs !== undefined) {
      const sinceMs = attempt?.finishedAtMs ?? task.dueAtMs;
      timer("due", { task: i, n, sinceMs, durationMs: task.dueAtMs - sinceMs });
    } else if (task.state === "starting" || task.state === "running") {
      if (attempt?.stop) {
        commands.push({ type: "stop", task: i, n, graceMs: attempt.stop.force ? 0 : graceMs });
      } else if (task.state === "running") {
        const sinceMs = attempt?.runningAtMs ?? 0;
        timer("run", { task: i, n, sinceMs, durationMs: timeout.runMs });
      } else {
        const sinceMs = attempt?.startingAtMs ?? 0;
        timer("start", { task: i, n, sinceMs, durationMs: timeout.startMs });
      }
    }
  });
  return commands;
}
