import type { JournalRow } from "../kernel/journal.ts";
import type { Database } from "./database.ts";
import { IDEMPOTENCY_MS } from "./table-writes.ts";

/** A key of a request and the run that it stands for. */
export interface IdempotencyEntry {
  readonly namespace: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly runId: number;
  readonly number: number;
  readonly atMs: number;
}

/** The row that makes a key answer its run. A key that still answers another run is refused. */
export function idempotencyRow(entry: IdempotencyEntry): JournalRow {
  const { namespace, key, bodyHash, runId, number, atMs } = entry;
  return {
    table: "idempotency",
    key: `${namespace}/${key}`,
    cells: [namespace, key, bodyHash, runId, number, atMs],
  };
}

/** The run that a key stands for, while it does: 24 hours. */
export async function findIdempotent(
  database: Database,
  at: { readonly namespace: string; readonly key: string; readonly nowMs: number },
): Promise<Pick<IdempotencyEntry, "bodyHash" | "runId" | "number"> | undefined> {
  const found = await database.row(
    "select json_array(body_hash, run_id, number) from idempotency " +
      "where namespace = ? and key = ? and created_at > ?",
    [at.namespace, at.key, at.nowMs - IDEMPOTENCY_MS],
  );
  if (!found) return undefined;
  const [bodyHash, runId, number] = found;
  return { bodyHash: String(bodyHash), runId: Number(runId), number: Number(number) };
}
