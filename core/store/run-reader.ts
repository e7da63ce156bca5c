import type { Cell } from "../kernel/journal.ts";
import type { RunState } from "../run/mod.ts";
import type { Database } from "./database.ts";
import { WRITTEN_TABLES } from "./table-writes.ts";

/** The rows of one run; `runFromRows` of core/run makes a run of them. */
export interface StoredRun {
  readonly run: readonly Cell[];
  /** In the order of their index. */
  readonly tasks: readonly (readonly Cell[])[];
  /** In the order of task index and n. */
  readonly attempts: readonly (readonly Cell[])[];
}

/** Which runs of a namespace to list. */
export interface RunQuery {
  readonly namespace: string;
  readonly pipeline?: string;
  readonly state?: RunState;
  /** Only ids below it: the last id of the page before. `Infinity` = from the newest. */
  readonly before: number;
  readonly limit: number;
}

const RUN = cells("run");
/** A run with its tasks and attempts: one statement, so that no commit falls in between. */
const WHOLE = `json_array(json_array(${RUN}), ` +
  `(select json_group_array(json_array(${
    cells("task")
  }) order by task_index) from task where run_id = run.id), ` +
  `(select json_group_array(json_array(${
    cells("attempt")
  }) order by task_index, n) from attempt where run_id = run.id))`;
const LIVE = "state in ('queued','running')";
const ENDED = "state not in ('queued','running')";

/** Reads runs as they are on disk. */
export class RunReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One run with its tasks and attempts. */
  async get(namespace: string, runId: number): Promise<StoredRun | undefined> {
    const where = "id = ? and namespace = ?";
    const found = await this.#database.texts(`select ${WHOLE} from run where ${where}`, [
      runId,
      namespace,
    ]);
    return found.map(storedRun)[0];
  }

  /** The id of a pipeline's run with this number. */
  async idOf(namespace: string, pipeline: string, number: number): Promise<number | undefined> {
    const id = await this.#database.cell(
      "select id from run where namespace = ? and pipeline = ? and number = ?",
      [namespace, pipeline, number],
    );
    return id === undefined ? undefined : Number(id);
  }

  /** The id of a pipeline's newest run. */
  async lastOf(namespace: string, pipeline: string): Promise<number | undefined> {
    const id = await this.#database.cell(
      "select id from run where namespace = ? and pipeline = ? order by number desc limit 1",
      [namespace, pipeline],
    );
    return id === undefined ? undefined : Number(id);
  }

  /** The run rows of a page, newest first. */
  async list(query: RunQuery): Promise<readonly (readonly Cell[])[]> {
    const { namespace, pipeline, state, limit } = query;
    const where = ["namespace = ?", "id < ?"];
    const args: Cell[] = [namespace, Math.min(query.before, Number.MAX_SAFE_INTEGER)];
    let from = "run indexed by run_namespace";
    if (pipeline !== undefined) {
      from = "run indexed by run_pipeline";
      where.push("pipeline = ?");
      args.push(pipeline);
    }
    if (state !== undefined) {
      const live = state === "queued" || state === "running";
      if (live) from = "run indexed by run_live";
      else if (pipeline === undefined) from = "run indexed by run_ended";
      where.push(live ? LIVE : ENDED, "state = ?");
      args.push(state);
    }
    return await this.#database.rows(
      `select json_array(${RUN}) from ${from} where ${
        where.join(" and ")
      } order by id desc limit ?`,
      [...args, limit],
    );
  }

  /** Runs of all namespaces that have not ended, by id, after `afterId`; an empty page is the end. */
  async unfinished(afterId: number, limit: number): Promise<readonly StoredRun[]> {
    const found = await this.#database.texts(
      `select ${WHOLE} from run indexed by run_live where ${LIVE} and id > ? order by id limit ?`,
      [afterId, limit],
    );
    return found.map(storedRun);
  }

  /** True when the run is in the store, ended or not. */
  async exists(namespace: string, runId: number): Promise<boolean> {
    const sql = "select 1 from run where id = ? and namespace = ?";
    return await this.#database.cell(sql, [runId, namespace]) !== undefined;
  }

  /** The highest run id, 0 when there is none. */
  async lastId(): Promise<number> {
    return Number(await this.#database.cell("select max(id) from run") ?? 0);
  }

  /** `<namespace>/<pipeline>` → its highest run number. */
  async lastNumbers(): Promise<ReadonlyMap<string, number>> {
    // from one pipeline to the next by index: a plain `group by` would read every run
    const next = (column: string) =>
      `(select ${column} from run where (namespace, pipeline) > (ns, name) order by namespace, pipeline limit 1)`;
    const rows = await this.#database.rows(
      `with recursive found(ns, name) as (
        select '', '' union all
        select ${next("namespace")}, ${next("pipeline")} from found where ns is not null
      )
      select json_array(ns, name, (select max(number) from run where namespace = ns and pipeline = name))
      from found where ns <> ''`,
    );
    return new Map(
      rows.map(([namespace, name, number]) => [`${namespace}/${name}`, Number(number)]),
    );
  }
}

function storedRun(text: string): StoredRun {
  const [run, tasks, attempts] = JSON.parse(text) as [
    StoredRun["run"],
    StoredRun["tasks"],
    StoredRun["attempts"],
  ];
  return { run, tasks, attempts };
}

function cells(table: string): string {
  return WRITTEN_TABLES[table]!.columns.join(",");
}
