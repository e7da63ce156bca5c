import type { RunHead, RunReader } from "../http/mod.ts";
import { type Run, runFromRows } from "../run/mod.ts";
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
    const definition = await this.definition(namespace, String(pipeline), Number(version));
    return runFromRows(stored, definition);
  }

  async list(query: Parameters<RunReader["list"]>[0]): Promise<readonly RunHead[]> {
    const rows = await this.#store.runs.list(query);
    return await Promise.all(rows.map(async (run) => {
      const [, namespace, pipeline, version] = run;
      const definition = await this.definition(
        String(namespace),
        String(pipeline),
        Number(version),
      );
      const { definition: _, tasks: __, ...head } = runFromRows(
        { run, tasks: [], attempts: [] },
        definition,
      );
      return head;
    }));
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
