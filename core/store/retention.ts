import type { Cell } from "../kernel/journal.ts";
import type { Database, Statement } from "./database.ts";
import { eventId } from "./event-reader.ts";
import type { Lease } from "./lease.ts";
import { EVENTS_PER_GROUP } from "./journal.ts";
import { IDEMPOTENCY_MS } from "./table-writes.ts";

/** What is kept. */
export interface RetentionPolicy {
  /** Ended runs of one pipeline; 0 = all. */
  readonly runs: number;
  /** How long an ended run is kept, in milliseconds; 0 = for ever. */
  readonly ageMs: number;
  /** Commits whose events followers can still ask for. */
  readonly groups: number;
  readonly nowMs: number;
}

/** What is done besides, and how far one call goes. */
export interface SweepOptions {
  /** Deletes what lies outside the database (logs, workspaces) before the rows go; may be repeated. */
  readonly remove?: (attemptIds: readonly string[], runIds: readonly number[]) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** What a sweep did. */
export interface SweepReport {
  readonly runs: number;
  readonly groups: number;
  readonly idempotencyKeys: number;
}

const CHUNK = 500;
/** Free pages that stay: new rows need them soon again. */
const SLACK_PAGES = 2_000;
const ENDED = "state not in ('queued','running')";

/**
 * Deletes ended runs beyond the policy, old events and expired keys, in pieces between which other
 * work goes on, and gives the space back. The newest run of a pipeline stays, whatever its age: run
 * numbers and ids count on from it.
 */
export async function sweep(
  store: { readonly database: Database; readonly lease: Lease },
  policy: RetentionPolicy,
  options: SweepOptions = {},
): Promise<SweepReport> {
  const { database } = store;
  let runs = 0;
  if (policy.runs > 0) runs += await sweepByCount(store, policy.runs, options);
  if (policy.ageMs > 0) runs += await sweepByAge(store, policy.nowMs - policy.ageMs, options);
  const groups = await sweepGroups(store, policy.groups, options);
  const idempotencyKeys = await inChunks(options, async () => {
    const found = await database.rows(
      "select json_array(namespace, key) from idempotency where created_at <= ? limit ?",
      [policy.nowMs - IDEMPOTENCY_MS, CHUNK],
    );
    const sql = "delete from idempotency where (namespace, key) in " +
      "(select value->>0, value->>1 from json_each(?))";
    if (found.length > 0) await store.lease.write([{ sql, args: [JSON.stringify(found)] }]);
    return found.length;
  });
  await vacuum(database, options);
  return { runs, groups, idempotencyKeys };
}

async function sweepByCount(
  store: { readonly database: Database; readonly lease: Lease },
  keep: number,
  options: SweepOptions,
): Promise<number> {
  const { database } = store;
  const next = (column: string) =>
    `(select ${column} from run where (namespace, pipeline) > (ns, name) order by namespace, pipeline limit 1)`;
  const pipelines = await database.rows(
    `with recursive found(ns, name) as (
      select '', '' union all select ${next("namespace")}, ${
      next("pipeline")
    } from found where ns is not null
    )
    select json_array(ns, name, (select max(number) from run where namespace = ns and pipeline = name))
    from found where ns <> ''`,
  );
  let count = 0;
  for (const [namespace, pipeline, last] of pipelines) {
    const upTo = Number(last) - keep;
    let from = 0;
    count += await inChunks(options, async () => {
      const found = await database.rows(
        `select json_array(id, number) from run indexed by run_number where namespace = ? and pipeline = ? ` +
          `and number > ? and number <= ? and ${ENDED} order by number limit ?`,
        [namespace!, pipeline!, from, upTo, CHUNK],
      );
      from = Number(found.at(-1)?.[1] ?? 0);
      await removeRuns(store, found.map(([id]) => Number(id)), options);
      return found.length;
    });
  }
  return count;
}

async function sweepByAge(
  store: { readonly database: Database; readonly lease: Lease },
  beforeMs: number,
  options: SweepOptions,
): Promise<number> {
  let afterId = -1;
  let count = 0;
  await inChunks(options, async () => {
    // ids rise with time: the walk ends at the first page that is too young
    const page = await store.database.rows(
      `select json_array(id, created_at, ${ENDED} and finished_at < ? and number < (select max(number) ` +
        "from run l where l.namespace = run.namespace and l.pipeline = run.pipeline)) " +
        "from run where id > ? order by id limit ?",
      [beforeMs, afterId, CHUNK],
    );
    const old = page.filter(([, , gone]) => gone === 1).map(([id]) => Number(id));
    await removeRuns(store, old, options);
    count += old.length;
    const last = page.at(-1);
    if (!last || Number(last[1]) >= beforeMs) return 0;
    afterId = Number(last[0]);
    return page.length;
  });
  return count;
}

async function removeRuns(
  store: { readonly database: Database; readonly lease: Lease },
  runIds: readonly number[],
  options: SweepOptions,
): Promise<void> {
  if (runIds.length === 0) return;
  const ids: readonly Cell[] = [JSON.stringify(runIds)];
  const these = "in (select value from json_each(?))";
  if (options.remove) {
    const attempts = await store.database.rows(
      `select json_array(run_id, task_index, n) from attempt where run_id ${these}`,
      ids,
    );
    // before the rows: files whose rows are gone would never be found again
    await options.remove(attempts.map(([run, task, n]) => `${run}-${task}-0-${n}`), runIds);
  }
  const deletes: Statement[] = ["attempt where run_id", "task where run_id", "run where id"]
    .map((of) => ({ sql: `delete from ${of} ${these}`, args: ids }));
  await store.lease.write(deletes);
}

async function sweepGroups(
  store: { readonly database: Database; readonly lease: Lease },
  keep: number,
  options: SweepOptions,
): Promise<number> {
  const last = Number(await store.database.cell("select max(number) from journal_group") ?? 0);
  // the last one stays: the numbers count on from it
  const upTo = Math.min(last - keep, last - 1);
  return await inChunks(options, async () => {
    const numbers = await store.database.rows(
      "select json_array(number) from journal_group where number <= ? order by number limit ?",
      [upTo, CHUNK],
    );
    const newest = numbers.at(-1)?.[0];
    if (newest === undefined) return 0;
    await store.lease.write([
      { sql: "delete from journal_group where number <= ?", args: [newest] },
      {
        sql: "insert into setting(name, value) values('events_pruned_to', ?1) " +
          "on conflict(name) do update set value = ?1",
        args: [String(eventId(Number(newest), EVENTS_PER_GROUP - 1))],
      },
    ]);
    return numbers.length;
  });
}

/** Calls `piece` until it did less than a chunk; other work goes on between two. */
async function inChunks(options: SweepOptions, piece: () => Promise<number>): Promise<number> {
  let count = 0;
  while (!options.signal?.aborted) {
    const done = await piece();
    count += done;
    if (done < CHUNK) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return count;
}

async function vacuum(database: Database, options: SweepOptions): Promise<void> {
  const sql = database.dialect.vacuum;
  if (sql === undefined) return;
  let free = Number(await database.cell("pragma freelist_count"));
  while (free > SLACK_PAGES && !options.signal?.aborted) {
    await database.exhaust(sql);
    const left = Number(await database.cell("pragma freelist_count"));
    if (left >= free) return;
    free = left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
