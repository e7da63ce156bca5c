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
  /** Pieces of a line that has not ended yet: joined once, however many there are. */
  #rest: string[] = [];
  #restChars = 0;
  #id: string;
  #lastId: string;
  #event = "";
  #data: string[] = [];
  /** The last piece ended in a carriage return: a line feed that follows belongs to it. */
  #afterReturn = false;

  constructor(lastId: string = "") {
    this.#id = lastId;
    this.#lastId = lastId;
  }

  /** The id of the last block that was complete, also of one without an event. */
  get lastId(): string {
    return this.#lastId;
  }

  /**
   * Takes the next piece of text, answers the events it completes.
   *
   * @throws {ErrandError} `too_large` for an event without end
   */
  push(text: string): readonly ServerSentEvent[] {
    if (text === "") return [];
    const events: ServerSentEvent[] = [];
    const piece = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#afterReturn = text.endsWith("\r");
    // searched for one character at a time, each only as far as was not searched: that is fast
    let start = 0;
    let feed = piece.indexOf("\n");
    let carriage = piece.indexOf("\r");
    for (;;) {
      if (feed >= 0 && feed < start) feed = piece.indexOf("\n", start);
      if (carriage >= 0 && carriage < start) carriage = piece.indexOf("\r", start);
      const end = feed < 0 || carriage < 0 ? Math.max(feed, carriage) : Math.min(feed, carriage);
      if (end < 0) break;
      this.#rest.push(piece.slice(start, end));
      const line = this.#rest.join("");
      this.#rest = [];
      this.#restChars = 0;
      this.#line(line, events);
      start = end + (piece.startsWith("\r\n", end) ? 2 : 1);
    }
    this.#hold(start === 0 ? piece : piece.slice(start));
    return events;
  }

  #hold(rest: string): void {
    if (rest === "") return;
    this.#rest.push(rest);
    this.#restChars += rest.length;
    if (this.#restChars > MAX_EVENT_CHARS) {
      throw new ErrandError("too_large", `an event is longer than ${MAX_EVENT_CHARS} characters`);
    }
  }

  #line(line: string, events: ServerSentEvent[]): void {
    if (line === "") {
      this.#lastId = this.#id;
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
