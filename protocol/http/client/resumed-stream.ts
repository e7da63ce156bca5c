import { ErrandError } from "../../errors.ts";
import { EventStreamParser, type ServerSentEvent } from "./event-stream.ts";
import { errorFromProblem } from "./problem-error.ts";
import { unreachable } from "./transport.ts";

/** How a stream is opened, and for how long a broken one is tried again. */
export interface ResumeOptions {
  /** Opens the stream behind `lastEventId` ("" = from its beginning). */
  open(lastEventId: string, signal: AbortSignal): Promise<Response>;
  readonly url: string;
  /** The event that ends the stream for good; without it the stream has no end of its own. */
  readonly endEvent?: string;
  readonly lastEventId?: string | undefined;
  /** How long a server that does not answer is tried again, in milliseconds; default 60,000. */
  readonly resumeMs?: number | undefined;
  /** A connection that is silent for this long is dead, in milliseconds; default 45,000. */
  readonly silenceMs?: number | undefined;
}

/**
 * Server-sent events across broken connections: each is opened again behind the last event seen.
 * Ends with the end event or when the signal fires.
 *
 * @throws {ErrandError} what the first opening threw; the problem that a stream ended with; later `unavailable` after `resumeMs`, or what
 * a later opening threw that no retry mends
 */
export async function* resumedStream(
  options: ResumeOptions,
  signal?: AbortSignal,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { url, endEvent, resumeMs = 60_000 } = options;
  let lastEventId = options.lastEventId ?? "";
  let opened = false;
  let brokenAtMs = 0;
  let tries = 0;
  while (!signal?.aborted) {
    let failure: ErrandError | undefined;
    const connection = new Connection(options.silenceMs ?? 45_000, signal);
    try {
      const response = await options.open(lastEventId, connection.signal);
      opened = true;
      for await (const event of connection.events(response, lastEventId)) {
        tries = 0;
        if (event.event === endEvent) return;
        if (event.event === "problem") failure = errorFromProblem(event.data);
        if (failure) throw failure;
        yield event;
      }
      if (tries === 0) brokenAtMs = performance.now();
    } catch (error) {
      if (signal?.aborted) return;
      const lost = !(error instanceof ErrandError) || error.code === "unavailable" ||
        error.code === "deadline" || error.code === "cancelled";
      if (!opened || failure || !lost) throw error;
      if (tries === 0) brokenAtMs = performance.now();
      if (performance.now() - brokenAtMs > resumeMs) throw unreachable(url, error);
    } finally {
      connection.close();
      lastEventId = connection.lastEventId ?? lastEventId;
    }
    await pause(Math.min(2_000, 50 * 2 ** tries), signal);
    tries++;
  }
}

/** One connection: ends with the caller's signal or after too long a silence. */
class Connection {
  readonly #abort = new AbortController();
  readonly #silenceMs: number;
  readonly #outer: AbortSignal | undefined;
  #parser: EventStreamParser | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stop = () => this.#abort.abort();

  constructor(silenceMs: number, outer: AbortSignal | undefined) {
    this.#silenceMs = silenceMs;
    this.#outer = outer;
    outer?.addEventListener("abort", this.#stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Where the next connection goes on; undefined = nothing was read here. */
  get lastEventId(): string | undefined {
    return this.#parser?.lastId;
  }

  async *events(response: Response, lastId: string): AsyncGenerator<ServerSentEvent> {
    const parser = this.#parser = new EventStreamParser(lastId);
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    if (!reader) return;
    const cancel = () => void reader.cancel().catch(() => undefined);
    this.signal.addEventListener("abort", cancel, { once: true });
    try {
      while (!this.signal.aborted) {
        this.#watch();
        const { done, value } = await reader.read();
        clearTimeout(this.#timer);
        if (done) return;
        yield* parser.push(decoder.decode(value, { stream: true }));
      }
    } finally {
      this.signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#stop);
    this.#abort.abort();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#stop, this.#silenceMs);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
}
