import { currentAttempt, Draft, isLive } from "./draft.ts";
import type { RunEvent, Step } from "./event.ts";
import { retryDelay } from "./retry.ts";
import { offerWithinParallelism, queueTask, settle } from "./settle.ts";
import { type Attempt, isEnded, isTerminal, type Run } from "./state.ts";
import { cancelRun, endAtRunLimit, stopAttempt } from "./stopping.ts";
import { judgeExit, judgeStop, type Verdict } from "./verdict.ts";

/**
 * The machine: what an event makes of a run, and what is to be done once that is durable. Pure:
 * the same state and event give the same answer. An event that does not fit (a late exit, a
 * repeat) changes nothing: the answer's `run` is then the same object.
 */
export function transition(run: Run, event: RunEvent): Step {
  if (isTerminal(run.state)) return { run, commands: [] };
  const draft = new Draft(run, "nowMs" in event ? event.nowMs : 0);
  apply(draft, event);
  return draft.step();
}

function apply(draft: Draft, event: RunEvent): void {
  switch (event.type) {
    case "granted":
      return grant(draft, event.task);
    case "opened":
      return open(draft, event.task, event.n);
    case "accepted": {
      const attempt = liveAttempt(draft, event.task, event.n);
      if (!attempt || attempt.handle === event.handle) return;
      return draft.setAttempt(event.task, { ...attempt, handle: event.handle });
    }
    case "running":
      return see(draft, event.task, event.n);
    case "exited":
      return exit(draft, event);
    case "unstartable": {
      if (!liveAttempt(draft, event.task, event.n)) return;
      const { reason, message, cause } = event;
      const verdict = { state: "failed", reason: { reason, message } } as const;
      return endAttempt(draft, event, cause ? { ...verdict, cause } : verdict);
    }
    case "withdrawn": {
      const attempt = liveAttempt(draft, event.task, event.n);
      const verdict = attempt && judgeStop(attempt);
      return verdict && endAttempt(draft, { ...event, random: 0 }, verdict);
    }
    case "lost":
      return lose(draft, event);
    case "due": {
      const task = draft.tasks[event.task]!;
      if (task.state !== "waiting" || task.attempts.length !== event.n) return;
      queueTask(draft, event.task);
      return offerWithinParallelism(draft);
    }
    case "limit":
      return limit(draft, event);
    case "run_limit":
      return endAtRunLimit(draft);
    case "cancel":
      return cancelRun(draft, event);
    case "poisoned":
      return poison(draft, event.message);
  }
}

function grant(draft: Draft, index: number): void {
  const { run, nowMs } = draft;
  const task = run.tasks[index]!;
  const { parallelism, timeoutMs } = run.definition;
  if (task.state !== "queued") return;
  if (parallelism > 0 && run.tasks.filter(isLive).length >= parallelism) return;
  const n = task.attempts.length + 1;
  const attempt: Attempt = {
    n,
    state: "starting",
    handle: "",
    queuedAtMs: task.queuedAtMs ?? nowMs,
    startingAtMs: nowMs,
  };
  if (run.state === "queued") {
    draft.change({ state: "running", startedAtMs: nowMs });
    if (timeoutMs > 0) {
      draft.command({
        type: "timer",
        timer: { kind: "run_limit", task: -1, n: 0, sinceMs: nowMs, durationMs: timeoutMs },
      });
    }
  }
  draft.setTask(index, { ...task, state: "starting", attempts: [...task.attempts, attempt] });
  draft.command({ type: "start", task: index, n });
}

function open(draft: Draft, index: number, n: number): void {
  const attempt = liveAttempt(draft, index, n);
  if (!attempt || attempt.state !== "starting") return;
  draft.setAttempt(index, { ...attempt, startingAtMs: draft.nowMs });
  const { startMs } = draft.run.definition.tasks[index]!.timeout;
  if (startMs === 0) return;
  draft.command({
    type: "timer",
    timer: { kind: "start", task: index, n, sinceMs: draft.nowMs, durationMs: startMs },
  });
}

function see(draft: Draft, index: number, n: number): void {
  const attempt = liveAttempt(draft, index, n);
  if (!attempt || attempt.state !== "starting") return;
  draft.setAttempt(index, { ...attempt, state: "running", runningAtMs: draft.nowMs }, {
    state: "running",
  });
  const { runMs } = draft.run.definition.tasks[index]!.timeout;
  if (attempt.stop || runMs === 0) return;
  draft.command({
    type: "timer",
    timer: { kind: "run", task: index, n, sinceMs: draft.nowMs, durationMs: runMs },
  });
}

function exit(draft: Draft, event: Extract<RunEvent, { type: "exited" }>): void {
  const attempt = liveAttempt(draft, event.task, event.n);
  if (!attempt) return;
  const { exit, refusedOutputs } = event;
  const verdict = judgeExit(exit, {
    attempt,
    declared: draft.run.definition.tasks[event.task]!.outputs,
    ...(refusedOutputs ? { refusedOutputs } : {}),
  });
  const started = exit.cause !== "start_failed" && exit.startedAtMs > 0;
  draft.setAttempt(event.task, {
    ...attempt,
    ...(started && attempt.runningAtMs === undefined
      ? { runningAtMs: Math.max(Math.round(exit.startedAtMs), attempt.startingAtMs) }
      : {}),
    exitCode: exit.exitCode,
    ...(exit.signal ? { signal: exit.signal } : {}),
  });
  endAttempt(draft, event, verdict);
}

function lose(draft: Draft, event: Extract<RunEvent, { type: "lost" }>): void {
  const attempt = liveAttempt(draft, event.task, event.n);
  if (!attempt) return;
  const verdict: Verdict = judgeStop(attempt) ?? {
    state: "lost",
    reason: { reason: "lost", message: event.message },
    cause: "infrastructure",
  };
  const { cause: _cause, ...final } = verdict;
  endAttempt(draft, event, event.retryable ? verdict : final);
}

function limit(draft: Draft, event: Extract<RunEvent, { type: "limit" }>): void {
  const task = draft.tasks[event.task]!;
  if (event.limit === "queue") {
    if (task.state !== "queued" || task.attempts.length + 1 !== event.n) return;
    draft.endTask(event.task, "timed_out", {
      reason: "queue_timeout",
      message: "it got no slot within its queue limit",
    });
    return settle(draft);
  }
  const attempt = liveAttempt(draft, event.task, event.n);
  if (attempt?.state !== (event.limit === "start" ? "starting" : "running")) return;
  const what = event.limit === "start" ? "start_timeout" : "timeout";
  stopAttempt(draft, event.task, { for: what, force: false });
}

function endAttempt(
  draft: Draft,
  at: { readonly task: number; readonly n: number; readonly random: number },
  verdict: Verdict,
): void {
  const { reason: _reason, ...attempt } = currentAttempt(draft.tasks[at.task]!)!;
  const reason = verdict.reason ? { reason: verdict.reason } : {};
  draft.setAttempt(at.task, {
    ...attempt,
    state: verdict.state,
    finishedAtMs: draft.nowMs,
    ...reason,
  });
  draft.command({ type: "release", task: at.task, n: at.n });
  const definition = draft.run.definition.tasks[at.task]!;
  const over = draft.run.ending !== undefined && !definition.after;
  const delayMs = over ? undefined : retryDelay(definition.retry, {
    n: at.n,
    cause: verdict.cause,
    random: at.random,
  });
  if (delayMs === undefined) {
    if (verdict.outputs) {
      draft.setTask(at.task, { ...draft.tasks[at.task]!, outputs: verdict.outputs });
    }
    draft.endTask(at.task, verdict.state, verdict.reason);
    return settle(draft);
  }
  if (delayMs === 0) queueTask(draft, at.task);
  else waitForRetry(draft, at, delayMs);
  offerWithinParallelism(draft);
}

function waitForRetry(
  draft: Draft,
  at: { readonly task: number; readonly n: number },
  delayMs: number,
): void {
  draft.setTask(at.task, {
    ...draft.tasks[at.task]!,
    state: "waiting",
    dueAtMs: draft.nowMs + delayMs,
  });
  draft.command({
    type: "timer",
    timer: {
      kind: "due",
      task: at.task,
      n: at.n,
      sinceMs: draft.nowMs,
      durationMs: delayMs,
    },
  });
}

function poison(draft: Draft, message: string): void {
  const reason = { reason: "poisoned", message };
  draft.tasks.forEach((task, i) => {
    for (const { n, finishedAtMs } of task.attempts) {
      if (finishedAtMs !== undefined) draft.command({ type: "remove", task: i, n });
    }
    if (isEnded(task.state)) return;
    if (isLive(task)) {
      const attempt = currentAttempt(task)!;
      draft.command({ type: "stop", task: i, n: attempt.n, graceMs: 0 });
      draft.setAttempt(i, { ...attempt, state: "lost", finishedAtMs: draft.nowMs, reason });
    }
    draft.endTask(i, isLive(task) ? "lost" : "cancelled", reason);
  });
  draft.change({ state: "failed", reason, finishedAtMs: draft.nowMs });
  draft.command({ type: "ended" });
}

function liveAttempt(draft: Draft, index: number, n: number): Attempt | undefined {
  const task = draft.tasks[index];
  const attempt = task && currentAttempt(task);
  return task && isLive(task) && attempt?.n === n ? attempt : undefined;
}
