import { failpoint } from "../kernel/failpoint.ts";
import type { Cell, Journal } from "../kernel/journal.ts";
import type { Pipeline } from "../pipeline/mod.ts";
import { type Run, RUN_COLUMNS, runFromRows } from "../run/mod.ts";
import type { RunEngine } from "./run-engine.ts";

/** The rows of one run as they are in the store. */
export interface StoredRun {
  readonly run: readonly Cell[];
  readonly tasks: readonly (readonly Cell[])[];
  readonly attempts: readonly (readonly Cell[])[];
}

/** What recovery reads. */
export interface RecoverySource {
  /** Runs that have not ended, by id, after `afterId`; an empty page is the end. */
  unfinishedRuns(afterId: number, limit: number): Promise<readonly StoredRun[]>;
  /** The canonical form of a version. @throws when it is not there or cannot be read */
  definition(namespace: string, pipeline: string, version: number): Promise<Pipeline>;
}

/** What recovery found. */
export interface RecoveryReport {
  readonly resumed: number;
  /** Runs whose rows cannot be read: each is failed with the reason. */
  readonly poisoned: readonly { readonly runId: number; readonly message: string }[];
}

const PAGE = 500;

/**
 * Reads back every unfinished run and gives it to the engine. A row that cannot be read fails that
 * run with the reason; it never stops the start.
 */
export async function recoverRuns(
  engine: RunEngine,
  source: RecoverySource,
  options: { readonly journal: Journal; readonly nowMs: number },
): Promise<RecoveryReport> {
  const runs: Run[] = [];
  const poisoned: { runId: number; message: string }[] = [];
  for (let afterId = -1;;) {
    const page = await source.unfinishedRuns(afterId, PAGE);
    if (page.length === 0) break;
    for (const stored of page) {
      const runId = Number(stored.run[COLUMN.id]);
      afterId = runId;
      try {
        runs.push(await decode(stored, source));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        poisoned.push({ runId, message });
        await failRow(stored.run, { ...options, message });
      }
    }
  }
  failpoint("recovery_read");
  engine.resume(runs);
  failpoint("recovery_resumed");
  return { resumed: runs.length, poisoned };
}

async function decode(stored: StoredRun, source: RecoverySource): Promise<Run> {
  const [, namespace, pipeline, version] = stored.run;
  const definition = await source.definition(
    String(namespace),
    String(pipeline),
    Number(version),
  );
  const run = runFromRows(stored, definition);
  if (run.tasks.length !== definition.tasks.length) {
    throw new Error(
      `it has ${run.tasks.length} task rows, its version has ${definition.tasks.length} tasks`,
    );
  }
  return run;
}

function failRow(
  cells: readonly Cell[],
  options: { readonly journal: Journal; readonly nowMs: number; readonly message: string },
): Promise<void> {
  const row = [...cells];
  row[COLUMN.state] = "failed";
  row[COLUMN.reason] = "poisoned";
  row[COLUMN.message] = `its state could not be read back: ${options.message}`;
  row[COLUMN.finished_at] = options.nowMs;
  const runId = String(cells[COLUMN.id]);
  return new Promise((resolve, reject) => {
    options.journal.put({
      owner: runId,
      rows: [{ table: "run", key: runId, cells: row }],
      events: [],
      durable: resolve,
      refused: reject,
    });
  });
}

const COLUMN = Object.fromEntries(RUN_COLUMNS.run.map((name, i) => [name, i])) as Record<
  (typeof RUN_COLUMNS.run)[number],
  number
>;
