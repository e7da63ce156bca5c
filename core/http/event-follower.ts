import type { PublicEvent } from "../supervisor/mod.ts";
import { formatEvent } from "./event-stream.ts";
import type { ApiPorts } from "./ports.ts";

/** Events kept for a follower that is slow; beyond it reads them from the store again. */
const MAX_QUEUED = 2_000;
const PAGE = 500;

/** What is followed. */
export interface Following {
  /** Undefined = from now. */
  readonly after: number | undefined;
  wants(event: PublicEvent): boolean;
}

/** Follows the public events: those kept behind a place, then those that come. */
export class EventFollower {
  readonly #ports: Pick<ApiPorts, "supervisor" | "events">;
  readonly #following: Following;
  #position = 0;
  #queue: PublicEvent[] = [];
  /** True while the store may hold events that are neither sent nor queued. */
  #behind = false;
  #wake: () => void = () => undefined;

  constructor(ports: Pick<ApiPorts, "supervisor" | "events">, following: Following) {
    this.#ports = ports;
    this.#following = following;
  }

  /** The id of the last event that was sent or passed over. */
  get position(): string {
    return String(this.#position);
  }

  /** The events as texts, until the signal fires. */
  async *texts(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const stop = () => this.#wake();
    signal.addEventListener("abort", stop);
    // subscribed before the store is asked: what is committed in between is in one of the two
    const unsubscribe = this.#ports.supervisor.subscribe((events) => this.#take(events));
    try {
      yield await this.#open();
      while (!signal.aborted) {
        if (this.#behind) yield* this.#catchUp(signal);
        else if (this.#queue.length > 0) yield this.#drain();
        else await this.#news(signal);
      }
    } finally {
      unsubscribe();
      signal.removeEventListener("abort", stop);
    }
  }

  #take(events: readonly PublicEvent[]): void {
    if (this.#behind) return;
    for (const event of events) this.#queue.push(event);
    if (this.#queue.length > MAX_QUEUED) {
      this.#queue = [];
      this.#behind = true;
    }
    this.#wake();
  }

  async #open(): Promise<string> {
    const { last } = await this.#ports.events.bounds();
    const { after } = this.#following;
    // a place beyond the newest event is one of another database, such as before a restore
    if (after !== undefined && after > last) return this.#reset(last);
    this.#position = after ?? last;
    this.#behind = after !== undefined;
    return mark("open", { id: this.position });
  }

  #reset(last: number): string {
    this.#position = last;
    return mark("reset", {
      id: this.position,
      message: "events were missed because they are no longer kept: read again what you hold",
    });
  }

  async *#catchUp(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    // from here on news is queued again; what is queued and also read is passed over by its id
    this.#queue = [];
    this.#behind = false;
    for (;;) {
      const found = await this.#ports.events.read({ after: this.#position, limit: PAGE });
      // asked after the read: events pruned before it are then known to be missing
      const { prunedTo, last } = await this.#ports.events.bounds();
      if (this.#position < prunedTo) {
        yield this.#reset(last);
        return;
      }
      yield this.#texts(found);
      if (found.length < PAGE || signal.aborted || this.#behind) return;
    }
  }

  #drain(): string {
    const events = this.#queue;
    this.#queue = [];
    return this.#texts(events);
  }

  #texts(events: readonly PublicEvent[]): string {
    let text = "";
    for (const event of events) {
      if (event.id <= this.#position) continue;
      this.#position = event.id;
      if (this.#following.wants(event)) text += eventText(event);
    }
    return text;
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (signal.aborted || this.#behind || this.#queue.length > 0) resolve();
    });
  }
}

/** The text of an event is the same for all who follow. */
const texts = new WeakMap<PublicEvent, string>();

function eventText(event: PublicEvent): string {
  let text = texts.get(event);
  if (text === undefined) {
    const id = String(event.id);
    text = formatEvent(event.type, JSON.stringify({ ...event, id }), id);
    texts.set(event, text);
  }
  return text;
}

function mark(event: "open" | "reset", data: { readonly id: string; readonly message?: string }) {
  return formatEvent(event, JSON.stringify(data), data.id);
}
