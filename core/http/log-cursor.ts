import { badCursor } from "./cursor.ts";

/** How far one task's log was read: whole attempts, and a part of the next. */
export interface TaskPlace {
  /** Attempts that were read to their end. */
  readonly done: number;
  /** A frame border in the log of attempt `done + 1`. */
  readonly offset: number;
  /** Bytes before `offset` that begin a character whose rest is behind it, by stream, in hex. */
  readonly carry: Readonly<Record<number, string>>;
}

const START: TaskPlace = { done: 0, offset: 0, carry: {} };

/**
 * How far the logs of a run were read: a place for each task. As text: `0-4:1` tasks 0 to 4 read to
 * the end of attempt 1, `5:0:812` task 5 up to offset 812 of attempt 1, `5:0:812:1e282` with two
 * bytes of an unfinished character of stream 1.
 */
export class LogCursor {
  readonly #places = new Map<number, TaskPlace>();
  #text: string | undefined;

  /** @throws {ErrandError} `invalid` for a text that did not come from here */
  static parse(text: string): LogCursor {
    const cursor = new LogCursor();
    if (text === "") return cursor;
    for (const part of text.split(",")) {
      const match = PART.exec(part);
      if (!match) throw badCursor();
      const [, first, last = first, done, offset = "0", carry = ""] = match;
      if (Number(last) - Number(first) > 100_000) throw badCursor();
      for (let task = Number(first); task <= Number(last); task++) {
        cursor.set(task, {
          done: Number(done),
          offset: Number(offset),
          carry: Object.fromEntries(
            carry.split(":").filter(Boolean).map((text) => [Number(text[0]), text.slice(1)]),
          ),
        });
      }
    }
    return cursor;
  }

  get(task: number): TaskPlace {
    return this.#places.get(task) ?? START;
  }

  set(task: number, place: TaskPlace): void {
    this.#places.set(task, place);
    this.#text = undefined;
  }

  toString(): string {
    return this.#text ??= this.#format();
  }

  #format(): string {
    const parts: { first: number; last: number; rest: string }[] = [];
    for (const [task, { done, offset, carry }] of [...this.#places].sort(([a], [b]) => a - b)) {
      const bytes = Object.entries(carry).map(([stream, hex]) => `:${stream}${hex}`).join("");
      const rest = offset === 0 && bytes === "" ? `${done}` : `${done}:${offset}${bytes}`;
      const before = parts.at(-1);
      if (before && before.last === task - 1 && before.rest === rest) before.last = task;
      else parts.push({ first: task, last: task, rest });
    }
    return parts.map(({ first, last, rest }) =>
      first === last ? `${first}:${rest}` : `${first}-${last}:${rest}`
    ).join(",");
  }
}

const PART = /^(\d{1,6})(?:-(\d{1,6}))?:(\d{1,6})(?::(\d{1,16})((?::[123][0-9a-f]{2,6})*))?$/;
