import type { Run as RunView, RunAttempt, RunItem, RunTask } from "../../protocol/http/mod.ts";
import { type Attempt, isTerminal, type Reason, type Run, type Task } from "../run/mod.ts";
import type { RunHead } from "./ports.ts";

/** A run as the API and `errand show --json` say it. */
export function runView(run: Run): RunView {
  return { ...runItem(run), tasks: run.tasks.map((task, i) => taskView(run, task, i)) };
}

/** A run without its tasks. */
export function runItem(run: RunHead): RunItem {
  return {
    type: "run",
    id: String(run.id),
    number: run.number,
    namespace: run.namespace,
    pipeline: run.pipeline,
    version: run.version,
    state: run.state,
    ...reasonOf(run.reason),
    params: { ...run.params },
    labels: { ...run.labels },
    initiator: run.initiator,
    ...(run.rerunOf === undefined ? {} : { rerunOf: String(run.rerunOf) }),
    createdAt: instant(run.createdAtMs),
    startedAt: instantOrNull(run.startedAtMs),
    finishedAt: isTerminal(run.state) ? instantOrNull(run.finishedAtMs) : null,
  };
}

function taskView(run: Run, task: Task, index: number): RunTask {
  const { name, after, scheduler } = run.definition.tasks[index]!;
  return {
    name,
    ...(after ? { after } : {}),
    state: task.state,
    ...reasonOf(task.reason),
    ...(task.outputs ? { outputs: { ...task.outputs } } : {}),
    attempts: task.attempts.map((attempt) => attemptView(attempt, scheduler)),
  };
}

function attemptView(attempt: Attempt, scheduler: string): RunAttempt {
  const { startingAtMs, runningAtMs, finishedAtMs, exitCode, signal } = attempt;
  // one that ended before anybody saw it running did start
  const startedAtMs = runningAtMs ?? (finishedAtMs === undefined ? undefined : startingAtMs);
  return {
    attempt: attempt.n,
    state: attempt.state,
    ...reasonOf(attempt.reason),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    startedAt: instantOrNull(startedAtMs),
    finishedAt: instantOrNull(finishedAtMs),
    scheduler,
    ...phasesOf(attempt),
  };
}

function phasesOf(attempt: Attempt): Pick<RunAttempt, "phases"> {
  const { queuedAtMs, startingAtMs, runningAtMs, finishedAtMs } = attempt;
  if (finishedAtMs === undefined) return {};
  const running = runningAtMs ?? finishedAtMs;
  return {
    phases: {
      queuedMs: Math.max(0, startingAtMs - queuedAtMs),
      startingMs: Math.max(0, running - startingAtMs),
      runningMs: Math.max(0, finishedAtMs - running),
    },
  };
}

function reasonOf(reason: Reason | undefined): { reason?: string; message?: string } {
  return reason ? { reason: reason.reason, message: reason.message } : {};
}

/** Epoch ms as an ISO instant. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : instant(ms);
}
