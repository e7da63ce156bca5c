import { Buffer } from "node:buffer";
import type { Cell, JournalRow } from "../kernel/journal.ts";
import type { Statement } from "./database.ts";

/** How rows of a table are written through the journal. */
interface WrittenTable {
  /** In the order of a row's cells, the key's columns first. A test compares them with the tables. */
  readonly columns: readonly string[];
  readonly keys: number;
  /** What an upsert leaves as it is: setting it would rewrite every index that it is in. */
  readonly fixed?: readonly string[];
  /** Columns set otherwise than to the new value. */
  readonly set?: Readonly<Record<string, string>>;
}

/** How long an idempotency key answers with its run. */
export const IDEMPOTENCY_MS = 86_400_000;

/** The tables that the journal knows. */
export const WRITTEN_TABLES: Readonly<Record<string, WrittenTable>> = {
  run: {
    columns: [
      ...["id", "namespace", "pipeline", "version", "number", "state", "reason", "message"],
      ...["params", "labels", "initiator", "rerun_of", "after_phase", "created_at", "started_at"],
      ...["finished_at", "ending"],
    ],
    keys: 1,
    fixed: [
      ...["namespace", "pipeline", "version", "number", "params", "labels", "initiator"],
      ...["rerun_of", "created_at"],
    ],
  },
  task: {
    columns: [
      ...["run_id", "task_index", "name", "state", "reason", "message", "queued_at", "due_at"],
      "outputs",
    ],
    keys: 2,
  },
  attempt: {
    columns: [
      ...["run_id", "task_index", "n", "state", "reason", "message", "handle", "queued_at"],
      ...["starting_at", "running_at", "finished_at", "exit_code", "signal", "stop"],
    ],
    keys: 3,
  },
  pipeline: { columns: ["namespace", "name", "live_version", "removed_at"], keys: 2 },
  pipeline_version: {
    columns: ["namespace", "name", "version", "hash", "canonical", "created_at", "created_by"],
    keys: 3,
  },
  namespace: { columns: ["name", "created_at"], keys: 1 },
  token: {
    columns: [
      ...["id", "prefix", "sha256", "name", "role", "namespaces", "created_at", "expires_at"],
      ...["revoked_at", "last_used_at"],
    ],
    keys: 1,
  },
  idempotency: {
    columns: ["namespace", "key", "body_hash", "run_id", "number", "created_at"],
    keys: 2,
    // a key that still answers with another run was not looked up: null is refused, and the group with it
    set: {
      body_hash:
        `iif(run_id = excluded.run_id or excluded.created_at - created_at >= ${IDEMPOTENCY_MS}, ` +
        "excluded.body_hash, null)",
    },
  },
  kv: { columns: ["instance", "key", "value", "revision"], keys: 2 },
};

/** The statements that write rows, one or a few for each table, none with a larger argument. */
export function writeStatements(
  rows: readonly JournalRow[],
  largestArgument: number,
): readonly Statement[] {
  const groups = new Map<string, { readonly sql: string; readonly texts: string[] }>();
  for (const row of rows) {
    const id = row.remove ? `-${row.table}` : row.table;
    let group = groups.get(id);
    if (!group) {
      groups.set(
        id,
        group = { sql: row.remove ? remover(row.table) : upsert(row.table), texts: [] },
      );
    }
    group.texts.push(encodeCells(row.cells));
  }
  const statements: Statement[] = [];
  for (const { sql, texts } of groups.values()) {
    for (const text of joined(texts, largestArgument)) statements.push({ sql, args: [text] });
  }
  return statements;
}

/** Thrown for a row that no statement can take. */
export class RowTooLarge extends Error {
  readonly _tag = "RowTooLarge" as const;
}

function joined(texts: readonly string[], largest: number): readonly string[] {
  const parts: string[] = [];
  let part: string[] = [];
  let size = 2;
  for (const text of texts) {
    // a UTF-16 unit is at most three bytes
    const bytes = text.length * 3 < largest / texts.length
      ? text.length * 3
      : Buffer.byteLength(text);
    if (bytes + 2 > largest) {
      throw new RowTooLarge(`a row of ${bytes} bytes; the most is ${largest}`);
    }
    if (size + bytes + 1 > largest) {
      parts.push(`[${part.join(",")}]`);
      part = [];
      size = 2;
    }
    part.push(text);
    size += bytes + 1;
  }
  parts.push(`[${part.join(",")}]`);
  return parts;
}

/**
 * Cells as JSON. Half of a surrogate pair would become bytes that are not UTF-8, and reading those
 * back ends the process inside the driver: it becomes U+FFFD.
 */
function encodeCells(cells: readonly Cell[]): string {
  const text = JSON.stringify(cells);
  if (!text.includes("\\ud")) return text;
  return JSON.stringify(cells.map((cell) => typeof cell === "string" ? cell.toWellFormed() : cell));
}

const statements = new Map<string, string>();

function upsert(table: string): string {
  let sql = statements.get(table);
  if (sql === undefined) {
    const { columns, keys, fixed = [], set = {} } = known(table);
    const values = columns.map((_, i) => `value->>${i}`).join(",");
    const changed = columns.slice(keys).filter((name) => !fixed.includes(name))
      .map((name) => `${name}=${set[name] ?? `excluded.${name}`}`).join(",");
    sql =
      `insert into ${table}(${columns.join(",")}) select ${values} from json_each(?) where true ` +
      `on conflict(${columns.slice(0, keys).join(",")}) do update set ${changed}`;
    statements.set(table, sql);
  }
  return sql;
}

function remover(table: string): string {
  const { columns, keys } = known(table);
  const names = columns.slice(0, keys);
  const values = names.map((_, i) => `value->>${i}`).join(",");
  return `delete from ${table} where (${names.join(",")}) in (select ${values} from json_each(?))`;
}

function known(table: string): WrittenTable {
  const found = WRITTEN_TABLES[table];
  if (!found) throw new Error(`the journal knows no table ${table}`);
  return found;
}
