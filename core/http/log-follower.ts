import { attemptId, isEnded, isTerminal, type Run } from "../run/mod.ts";
import type { LogCursor } from "./log-cursor.ts";
import { lastLogEvents, type LogEntry, logEvents } from "./log-events.ts";
import { noRun } from "./missing.ts";
import type { ApiPorts } from "./ports.ts";

const READ_BYTES = 256 * 1024;

/** What is followed: the logs of one run, of one of its tasks, of one attempt. */
export interface LogSelection {
  readonly namespace: string;
  readonly runId: number;
  /** An index; undefined = all. */
  readonly task: number | undefined;
  /** From 1; undefined = all. */
  readonly attempt: number | undefined;
  /** Waits for more until what is followed has ended. */
  readonly follow: boolean;
}

/** One attempt whose log is read. */
interface Target {
  readonly task: number;
  readonly n: number;
  /** Undefined while it runs. */
  readonly endedAtMs: number | undefined;
  readonly startedAtMs: number;
}

/**
 * Reads logs from a cursor on. Attempts that have ended are read one after the other, by their
 * start; those that run take turns. The answer says whether all of it has ended and was read.
 *
 * @throws {ErrandError} `not_found` when the run, or a part of it, is gone
 */
export async function* followLogs(
  ports: Pick<ApiPorts, "runs" | "logs" | "supervisor">,
  at: { readonly selection: LogSelection; readonly cursor: LogCursor },
  signal: AbortSignal,
): AsyncGenerator<readonly LogEntry[], boolean, undefined> {
  const { selection, cursor } = at;
  const id = String(selection.runId);
  let changed = true;
  let wake = () => {};
  // subscribed before the run is read: a change in between is in what is read, or wakes
  const unsubscribe = ports.supervisor.subscribe((events) => {
    if (!events.some((event) => event.runId === id)) return;
    changed = true;
    wake();
  });
  let run: Run | undefined;
  try {
    while (!signal.aborted) {
      if (changed) {
        changed = false;
        run = await ports.runs.get(selection.namespace, selection.runId);
      }
      if (!run || !isWhole(run)) throw noRun(selection.namespace, id);
      const targets = targetsOf(run, selection, cursor);
      let moved = false;
      for (const target of targets) {
        if (signal.aborted) return false;
        const batch = await readTarget(ports, { run, target, cursor });
        moved ||= batch !== undefined;
        if (batch && batch.length > 0) yield batch;
        // an ended attempt is read through before the next one begins
        if (batch && target.endedAtMs !== undefined) break;
      }
      if (moved || changed) continue;
      const over = isOver(run, selection);
      if (over || !selection.follow) return over;
      await more(ports, { run, targets, cursor }, { signal, onWake: (fn) => wake = fn });
    }
    return false;
  } finally {
    unsubscribe();
  }
}

/** False for a run whose task rows are missing: what it has cannot be told apart. */
function isWhole(run: Run): boolean {
  return run.tasks.length === run.definition.tasks.length;
}

/** Reads on in one log; undefined when nothing changed, neither text nor place. */
async function readTarget(
  ports: Pick<ApiPorts, "logs">,
  at: { readonly run: Run; readonly target: Target; readonly cursor: LogCursor },
): Promise<readonly LogEntry[] | undefined> {
  const { run, target, cursor } = at;
  const { task, n, endedAtMs } = target;
  const { offset } = cursor.get(task);
  const id = attemptId(run.id, task, n);
  const frames = await ports.logs.read(id, { offset, maxBytes: READ_BYTES });
  const where = { task: run.definition.tasks[task]!.name, index: task, attempt: n, cursor };
  if (frames.length > 0) return logEvents(frames, where);
  return endedAtMs === undefined ? undefined : lastLogEvents(endedAtMs, where);
}

function targetsOf(run: Run, selection: LogSelection, cursor: LogCursor): readonly Target[] {
  const targets: Target[] = [];
  run.tasks.forEach(({ attempts }, task) => {
    if (selection.task !== undefined && selection.task !== task) return;
    const from = cursor.get(task).done;
    for (const attempt of attempts.slice(from)) {
      if (selection.attempt !== undefined && selection.attempt !== attempt.n) continue;
      const { n, startingAtMs: startedAtMs, finishedAtMs: endedAtMs } = attempt;
      targets.push({ task, n, startedAtMs, endedAtMs });
      // the next attempt of a task begins when this one was read to its end
      break;
    }
  });
  return targets.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** True when no more can come: what is selected has ended. All of it was read when nothing moved. */
function isOver(run: Run, { task, attempt }: LogSelection): boolean {
  if (isTerminal(run.state)) return true;
  if (task === undefined) return false;
  const selected = run.tasks[task];
  if (!selected || isEnded(selected.state)) return true;
  return attempt !== undefined && selected.attempts[attempt - 1]?.finishedAtMs !== undefined;
}

/** Resolves when a log may have grown, the run changed, or the signal fired. */
async function more(
  ports: Pick<ApiPorts, "logs">,
  at: {
    readonly run: Run;
    readonly targets: readonly Target[];
    readonly cursor: LogCursor;
  },
  on: { readonly signal: AbortSignal; onWake(wake: () => void): void },
): Promise<void> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  on.signal.addEventListener("abort", stop, { once: true });
  const changed = new Promise<void>((resolve) => {
    on.onWake(resolve);
    enough.signal.addEventListener("abort", () => resolve(), { once: true });
    if (on.signal.aborted) resolve();
  });
  try {
    await Promise.race([
      changed,
      ...at.targets.map(({ task, n }) =>
        ports.logs.grown(attemptId(at.run.id, task, n), at.cursor.get(task).offset, enough.signal)
      ),
    ]);
  } finally {
    on.signal.removeEventListener("abort", stop);
    enough.abort();
  }
}
