import type { Cell, JournalRow } from "../kernel/journal.ts";
import type { JsonValue, Pipeline } from "../pipeline/mod.ts";
import type { Attempt, AttemptState, Reason, Run, RunState, Task, TaskState } from "./state.ts";

/** The columns of the three tables that hold runs, in the order of a row's cells; the key's columns first. */
export const RUN_COLUMNS = {
  run: [
    "id",
    "namespace",
    "pipeline",
    "version",
    "number",
    "state",
    "reason",
    "message",
    "params",
    "labels",
    "initiator",
    "rerun_of",
    "after_phase",
    "created_at",
    "started_at",
    "finished_at",
    "ending",
  ],
  task: [
    "run_id",
    "task_index",
    "name",
    "state",
    "reason",
    "message",
    "queued_at",
    "due_at",
    "outputs",
  ],
  attempt: [
    "run_id",
    "task_index",
    "n",
    "state",
    "reason",
    "message",
    "handle",
    "queued_at",
    "starting_at",
    "running_at",
    "finished_at",
    "exit_code",
    "signal",
    "stop",
  ],
} as const;

/** The rows that differ between two states of one run; all of them when there was none before. */
export function changedRows(before: Run | undefined, after: Run): readonly JournalRow[] {
  if (before === after) return [];
  const rows: JournalRow[] = [];
  if (!before || !sameRun(before, after)) {
    rows.push({ table: "run", key: String(after.id), cells: runCells(after) });
  }
  after.tasks.forEach((task, index) => {
    const old = before?.tasks[index];
    if (old === task) return;
    const key = `${after.id}-${index}`;
    rows.push({ table: "task", key, cells: taskCells(after, index, task) });
    for (const attempt of task.attempts) {
      if (old?.attempts[attempt.n - 1] === attempt) continue;
      rows.push({
        table: "attempt",
        key: `${key}-${attempt.n}`,
        cells: attemptCells(after.id, index, attempt),
      });
    }
  });
  return rows;
}

/** A run out of its rows. Task rows in index order, attempt rows in (index, n) order. */
export function runFromRows(
  rows: {
    readonly run: readonly Cell[];
    readonly tasks: readonly (readonly Cell[])[];
    readonly attempts: readonly (readonly Cell[])[];
  },
  definition: Pipeline,
): Run {
  const [
    id,
    namespace,
    pipeline,
    version,
    number,
    state,
    reason,
    message,
    params,
    labels,
    initiator,
    rerunOf,
    afterPhase,
    createdAt,
    startedAt,
    finishedAt,
    ending,
  ] = rows.run;
  const attempts = new Map<number, Attempt[]>();
  for (const cells of rows.attempts) {
    const index = Number(cells[1]);
    const list = attempts.get(index) ?? [];
    list.push(attemptFromCells(cells));
    attempts.set(index, list);
  }
  return {
    id: Number(id),
    number: Number(number),
    namespace: String(namespace),
    pipeline: String(pipeline),
    version: Number(version),
    definition,
    params: JSON.parse(String(params)) as Record<string, JsonValue>,
    labels: JSON.parse(String(labels)) as Record<string, string>,
    initiator: String(initiator),
    ...optional("rerunOf", rerunOf, Number),
    state: String(state) as RunState,
    ...reasonFrom(reason, message),
    afterPhase: Number(afterPhase) === 1,
    createdAtMs: Number(createdAt),
    ...optional("startedAtMs", startedAt, Number),
    ...optional("finishedAtMs", finishedAt, Number),
    ...optional("ending", ending, (text) => JSON.parse(String(text)) as NonNullable<Run["ending"]>),
    tasks: rows.tasks.map((cells) => taskFromCells(cells, attempts.get(Number(cells[1])) ?? [])),
  };
}

function sameRun(a: Run, b: Run): boolean {
  return a.state === b.state && a.reason === b.reason && a.afterPhase === b.afterPhase &&
    a.startedAtMs === b.startedAtMs && a.finishedAtMs === b.finishedAtMs && a.ending === b.ending;
}

function runCells(run: Run): Cell[] {
  return [
    run.id,
    run.namespace,
    run.pipeline,
    run.version,
    run.number,
    run.state,
    run.reason?.reason ?? null,
    run.reason?.message ?? null,
    JSON.stringify(run.params),
    JSON.stringify(run.labels),
    run.initiator,
    run.rerunOf ?? null,
    run.afterPhase ? 1 : 0,
    run.createdAtMs,
    run.startedAtMs ?? null,
    run.finishedAtMs ?? null,
    run.ending ? JSON.stringify(run.ending) : null,
  ];
}

function taskCells(run: Run, index: number, task: Task): Cell[] {
  return [
    run.id,
    index,
    run.definition.tasks[index]!.name,
    task.state,
    task.reason?.reason ?? null,
    task.reason?.message ?? null,
    task.queuedAtMs ?? null,
    task.dueAtMs ?? null,
    task.outputs ? JSON.stringify(task.outputs) : null,
  ];
}

function attemptCells(runId: number, index: number, attempt: Attempt): Cell[] {
  return [
    runId,
    index,
    attempt.n,
    attempt.state,
    attempt.reason?.reason ?? null,
    attempt.reason?.message ?? null,
    attempt.handle,
    attempt.queuedAtMs,
    attempt.startingAtMs,
    attempt.runningAtMs ?? null,
    attempt.finishedAtMs ?? null,
    attempt.exitCode ?? null,
    attempt.signal ?? null,
    attempt.stop ? JSON.stringify(attempt.stop) : null,
  ];
}

function taskFromCells(cells: readonly Cell[], attempts: readonly Attempt[]): Task {
  const [, , , state, reason, message, queuedAt, dueAt, outputs] = cells;
  return {
    state: String(state) as TaskState,
    ...reasonFrom(reason, message),
    attempts,
    ...optional(
      "outputs",
      outputs,
      (text) => JSON.parse(String(text)) as Record<string, JsonValue>,
    ),
    ...optional("queuedAtMs", queuedAt, Number),
    ...optional("dueAtMs", dueAt, Number),
  };
}

function attemptFromCells(cells: readonly Cell[]): Attempt {
  const [
    ,
    ,
    n,
    state,
    reason,
    message,
    handle,
    queuedAt,
    startingAt,
    runningAt,
    finishedAt,
    exitCode,
    signal,
    stop,
  ] = cells;
  return {
    n: Number(n),
    state: String(state) as AttemptState,
    ...reasonFrom(reason, message),
    handle: String(handle),
    queuedAtMs: Number(queuedAt),
    startingAtMs: Number(startingAt),
    ...optional("runningAtMs", runningAt, Number),
    ...optional("finishedAtMs", finishedAt, Number),
    ...optional("exitCode", exitCode, Number),
    ...optional("signal", signal, String),
    ...optional("stop", stop, (text) => JSON.parse(String(text)) as NonNullable<Attempt["stop"]>),
  };
}

function reasonFrom(reason: Cell | undefined, message: Cell | undefined): { reason?: Reason } {
  if (reason === null || reason === undefined) return {};
  return { reason: { reason: String(reason), message: String(message ?? "") } };
}

function optional<K extends string, V>(
  key: K,
  cell: Cell | undefined,
  decode: (cell: Cell) => V,
): { [P in K]?: V } {
  if (cell === null || cell === undefined) return {};
  return { [key]: decode(cell) } as { [P in K]?: V };
}
