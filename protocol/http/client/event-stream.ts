import { ErrandError } from "../../errors.ts";

/** One server-sent event. */
export interface ServerSentEvent {
  /** The last id the stream has named; "" = none yet. */
  readonly id: string;
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

/** No event is longer; a stream that sends more is not ours. */
const MAX_EVENT_CHARS = 8 * 1024 * 1024;

/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventStreamParser {
  #rest = "";
  #id: string;
  #event = "";
  #data: string[] = [];
  /** The last piece ended in a carriage return: a line feed that follows belongs to it. */
  #afterReturn = false;

  constructor(lastId: string = "") {
    this.#id = lastId;
  }

  /**
   * Takes the next piece of text, answers the events it completes.
   *
   * @throws {ErrandError} `too_large` for an event without end
   */
  push(text: string): readonly ServerSentEvent[] {
    if (text === "") return [];
    const events: ServerSentEvent[] = [];
    let piece = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#afterReturn = text.endsWith("\r");
    piece = this.#rest + piece;
    let start = 0;
    for (const match of piece.matchAll(/\r\n|\n|\r/g)) {
      this.#line(piece.slice(start, match.index), events);
      start = match.index + match[0].length;
    }
    this.#rest = piece.slice(start);
    if (this.#rest.length > MAX_EVENT_CHARS) {
      throw new ErrandError("too_large", `an event is longer than ${MAX_EVENT_CHARS} characters`);
    }
    return events;
  }

  #line(line: string, events: ServerSentEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        const data = this.#data.join("\n");
        events.push({ id: this.#id, event: this.#event || "message", data });
      }
      this.#event = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}
