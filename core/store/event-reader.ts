import type { Database } from "./database.ts";
import { EVENTS_PER_GROUP } from "./journal.ts";

/** A public event as stored; its id is (group number × 65,536) + its place in the group. */
export interface StoredEvent {
  readonly id: number;
  readonly text: string;
}

/** The public events that are kept. */
export class EventReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Events up to `prunedTo` are no longer kept (0 = all are); `last` is the newest (0 = none yet). */
  async bounds(): Promise<{ readonly prunedTo: number; readonly last: number }> {
    const [number, count, pruned] = (await this.#database.row(
      "select json_array(g.number, json_array_length(g.events), " +
        "(select value from setting where name = 'events_pruned_to')) from (select 1) left join " +
        "(select number, events from journal_group where events <> '[]' order by number desc limit 1) g",
    ))!;
    const prunedTo = Number(pruned ?? 0);
    return {
      prunedTo,
      last: number === null ? prunedTo : eventId(Number(number), Number(count) - 1),
    };
  }

  /** Those behind the event `after`, in order. */
  async read(
    query: { readonly after: number; readonly limit: number },
  ): Promise<readonly StoredEvent[]> {
    const group = Math.floor(query.after / EVENTS_PER_GROUP);
    const rows = await this.#database.rows(
      "select json_array(g.number, e.key, e.value) from journal_group g, json_each(g.events) e " +
        "where g.number >= ?1 and (g.number > ?1 or e.key > ?2) order by g.number, e.key limit ?3",
      [group, query.after % EVENTS_PER_GROUP, query.limit],
    );
    return rows.map(([number, index, text]) => ({
      id: eventId(Number(number), Number(index)),
      text: String(text),
    }));
  }
}

/** The id of an event by its group and its place in it. */
export function eventId(group: number, index: number): number {
  return group * EVENTS_PER_GROUP + index;
}
