import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { JournalRow } from "../kernel/journal.ts";
import { Journal } from "./journal.ts";
import { openStore, type Store } from "./store.ts";

/** For tests: a store in a folder of its own, with a journal over it. */
export interface OpenedStore {
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
  readonly journal: Journal;
  readonly fatal: readonly Error[];
  /** Writes rows and events; resolves once they are durable. */
  write(rows: readonly JournalRow[], events?: readonly string[]): Promise<void>;
}

/** Opens a store that goes with the test. */
export async function openTestStore(t: TestContext): Promise<OpenedStore> {
  const folder = mkdtempSync(join(tmpdir(), "errand-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "errand.db");
  const store = await openStore({ path });
  t.after(() => store.close());
  const fatal: Error[] = [];
  const journal = openJournal(store, fatal);
  let owners = 0;
  return {
    folder,
    path,
    store,
    journal,
    fatal,
    write: (rows, events = []) =>
      new Promise((resolve, reject) =>
        journal.put({ owner: `test-${owners++}`, rows, events, durable: resolve, refused: reject })
      ),
  };
}

/** A journal over a store, with real time. */
export function openJournal(store: Store, fatal: Error[] = []): Journal {
  return new Journal({
    store: store.groups,
    firstGroup: store.lastGroup + 1,
    schedule: (flush) => void setImmediate(flush),
    later: (ms, flush) => {
      const timer = setTimeout(flush, ms);
      return () => clearTimeout(timer);
    },
    nowMs: Date.now,
    onFatal: (error) => void fatal.push(error),
  });
}

/** The rows of a run with one task and one attempt. */
export function runRows(
  id: number,
  facts: {
    readonly number: number;
    readonly state: string;
    readonly namespace?: string;
    readonly pipeline?: string;
    readonly atMs?: number;
  },
): readonly JournalRow[] {
  const { number, state, namespace = "default", pipeline = "p", atMs = 1_000 } = facts;
  const ended = state !== "queued" && state !== "running";
  return [
    {
      table: "run",
      key: String(id),
      cells: [
        ...[id, namespace, pipeline, 1, number, state, null, null, "{}", "{}", "user:x", null, 0],
        ...[atMs, atMs, ended ? atMs : null, null],
      ],
    },
    { table: "task", key: `${id}-0`, cells: [id, 0, "t", state, null, null, atMs, null, null] },
    {
      table: "attempt",
      key: `${id}-0-1`,
      cells: [id, 0, 1, state, null, null, "h", atMs, atMs, null, null, 0, null, null],
    },
  ];
}
