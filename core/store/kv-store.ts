import { Buffer } from "node:buffer";
import { PluginError } from "../../protocol/errors.ts";
import type { Journal, JournalRow } from "../kernel/journal.ts";
import type { Page } from "../kernel/plugin.ts";
import type { Database } from "./database.ts";

/** A value with the revision that it has. */
export interface KvEntry {
  readonly value: Uint8Array;
  readonly revision: number;
}

/** What plugin instances keep: each sees its own keys only. Writes are durable when they resolve. */
export class KvStore {
  readonly #database: Database;
  readonly #journal: Journal;
  /** The last write of each key that is under way: the next one waits for it. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(database: Database, journal: Journal) {
    this.#database = database;
    this.#journal = journal;
  }

  /** The value under `key`, or undefined. */
  async get(instance: string, key: string): Promise<KvEntry | undefined> {
    const cells = await this.#database.row(
      "select json_array(value, revision) from kv where instance = ? and key = ?",
      [instance, key],
    );
    if (!cells) return undefined;
    const value = new Uint8Array(Buffer.from(String(cells[0]), "base64"));
    return { value, revision: Number(cells[1]) };
  }

  /**
   * Stores a value. `ifRevision` undefined = whatever is there, 0 = only when absent.
   *
   * @throws {PluginError} `conflict` when the revision is another one
   */
  put(
    at: { readonly instance: string; readonly key: string },
    value: Uint8Array,
    ifRevision?: number,
  ): Promise<{ readonly revision: number }> {
    const { instance, key } = at;
    return this.#alone(instance, key, async () => {
      const before = (await this.#revision(instance, key)) ?? 0;
      if (ifRevision !== undefined && ifRevision !== before) {
        throw new PluginError(
          "conflict",
          `key ${key} has revision ${before}, not ${ifRevision}: read it again`,
          { origin: "host" },
        );
      }
      // a key that was deleted and made again gets no revision that it has had
      const revision = Math.max(before + 1, Date.now());
      const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
      await this.#write({
        table: "kv",
        key: rowKey(instance, key),
        cells: [instance, key, text, revision],
      });
      return { revision };
    });
  }

  /** Deletes a key; an absent one is fine. */
  delete(instance: string, key: string): Promise<void> {
    return this.#alone(instance, key, async () => {
      if (await this.#revision(instance, key) === undefined) return;
      const cells = [instance, key];
      await this.#write({ table: "kv", key: rowKey(instance, key), cells, remove: true });
    });
  }

  /** Keys that begin with `prefix`, in byte order; cursor "" = no more. */
  async list(
    at: { readonly instance: string; readonly prefix: string },
    page: Page,
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string }> {
    const rows = await this.#database.rows(
      "select json_array(key) from kv where instance = ?1 and key >= ?2 and key > ?3 " +
        "and instr(key, ?2) = 1 order by key limit ?4",
      [at.instance, at.prefix, page.cursor, page.limit + 1],
    );
    const keys = rows.slice(0, page.limit).map(([key]) => String(key));
    return { keys, cursor: rows.length > page.limit ? keys.at(-1)! : "" };
  }

  async #revision(instance: string, key: string): Promise<number | undefined> {
    const sql = "select revision from kv where instance = ? and key = ?";
    const found = await this.#database.cell(sql, [instance, key]);
    return found === undefined ? undefined : Number(found);
  }

  #write(row: JournalRow): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#journal.put({
        owner: `kv/${row.key}`,
        rows: [row],
        events: [],
        durable: resolve,
        refused: (error) => reject(PluginError.from(error, "host")),
      });
    });
  }

  async #alone<T>(instance: string, key: string, work: () => Promise<T>): Promise<T> {
    const id = rowKey(instance, key);
    const before = this.#writing.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#writing.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#writing.get(id) === mine) this.#writing.delete(id);
    }
  }
}

/** Instance names have no slash. */
function rowKey(instance: string, key: string): string {
  return `${instance}/${key}`;
}
