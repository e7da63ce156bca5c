import type { RunHead, RunReader } from "../http/mod.ts";
import type { Cell } from "../kernel/journal.ts";
import type { Pipeline } from "../pipeline/mod.ts";
import { type Run, RUN_COLUMNS, runFromRows } from "../run/mod.ts";
import type { Store } from "../store/mod.ts";
import type { RecoverySource } from "../supervisor/mod.ts";
import type { Pipelines } from "./pipelines.ts";

/** Runs of the store, as the API and recovery read them. */
export class Runs implements RunReader, RecoverySource {
  readonly #store: Store;
  readonly #pipelines: Pipelines;

  constructor(store: Store, pipelines: Pipelines) {
    this.#store = store;
    this.#pipelines = pipelines;
  }

  async get(namespace: string, runId: number): Promise<Run | undefined> {
    const stored = await this.#store.runs.get(namespace, runId);
    if (!stored) return undefined;
    const [, , pipeline, version] = stored.run;
    try {
      const definition = await this.definition(namespace, String(pipeline), Number(version));
      const whole = stored.tasks.length === definition.tasks.length &&
        stored.tasks.every(([, index], i) => index === i);
      return whole ? runFromRows(stored, definition) : bareRun(stored.run);
    } catch (error) {
      // the disk's own failures have a code; what is left is what the rows say
      if (error instanceof Error && "code" in error) throw error;
      return bareRun(stored.run);
    }
  }

  async list(query: Parameters<RunReader["list"]>[0]): Promise<readonly RunHead[]> {
    return (await this.#store.runs.list(query)).map((run) => {
      const { definition: _, tasks: __, ...head } = readHead(run);
      return head;
    });
  }

  idOf(namespace: string, pipeline: string, number: number): Promise<number | undefined> {
    return this.#store.runs.idOf(namespace, pipeline, number);
  }

  unfinishedRuns(afterId: number, limit: number): ReturnType<RecoverySource["unfinishedRuns"]> {
    return this.#store.runs.unfinished(afterId, limit);
  }

  definition(namespace: string, pipeline: string, version: number) {
    return this.#pipelines.definition(namespace, pipeline, version);
  }
}

/** A run's own row: nothing of a head is in its definition. */
function readHead(run: readonly Cell[]): Run {
  try {
    return runFromRows({ run, tasks: [], attempts: [] }, NOTHING);
  } catch {
    return bareRun(run);
  }
}

/** What can be said of a run whose rows cannot be read: recovery has failed it, and it is shown. */
function bareRun(run: readonly Cell[]): Run {
  const cells = run.map((cell, i) => {
    const column = RUN_COLUMNS.run[i]!;
    return Object.hasOwn(UNREAD, column) ? UNREAD[column]! : cell;
  });
  return runFromRows({ run: cells, tasks: [], attempts: [] }, NOTHING);
}

/** What stands for the columns that hold JSON. */
const UNREAD: Readonly<Record<string, Cell>> = { params: "{}", labels: "{}", ending: null };

const NOTHING: Pipeline = {
  name: "",
  description: "",
  labels: {},
  params: {},
  parallelism: 0,
  timeoutMs: 0,
  priority: 0,
  tasks: [],
};
