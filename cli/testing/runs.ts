import type { LogEvent, Run, RunTask } from "../../protocol/http/client/mod.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();

/** A run that ended. */
export function endedRun(changes: Partial<Run> = {}): Run {
  return {
    type: "run",
    id: "140737488355328",
    number: 3,
    namespace: "default",
    pipeline: "hello",
    version: 1,
    state: "succeeded",
    params: {},
    labels: {},
    initiator: "user:admin",
    createdAt: at(0),
    startedAt: at(0),
    finishedAt: at(2),
    tasks: [task("greet"), task("wave")],
    ...changes,
  };
}

/** A task that ended. */
export function task(name: string, changes: Partial<RunTask> = {}): RunTask {
  return {
    name,
    state: "succeeded",
    attempts: [{
      attempt: 1,
      state: "succeeded",
      exitCode: 0,
      startedAt: at(0),
      finishedAt: at(1),
      scheduler: "process",
    }],
    ...changes,
  };
}

/** A piece of a log. */
export function log(task: string, text: string, changes: Partial<LogEvent> = {}): LogEvent {
  return { type: "log", task, attempt: 1, stream: "out", at: at(0), text, ...changes };
}
