import { SECURITY_HEADERS } from "./answer.ts";

/** How a stream of server-sent events is made. */
export interface StreamOptions {
  /** Sent when nothing else was for this long, in milliseconds. */
  readonly heartbeatMs: number;
  /** The last event id to repeat with a heartbeat, so that a filtered stream does not fall behind. */
  readonly position?: () => string;
  /** Called once when the stream has ended, however it did. */
  readonly closed: () => void;
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // proxies that buffer would hold events back
  "x-accel-buffering": "no",
  ...SECURITY_HEADERS,
} as const;

/** One server-sent event as text; `data` is JSON. */
export function formatEvent(event: string, data: string, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/**
 * Answers with the texts that `source` yields, as fast as the reader takes them. The signal given to
 * `source` fires when the reader goes away.
 */
export function eventStream(
  source: (signal: AbortSignal) => AsyncGenerator<string, void, undefined>,
  options: StreamOptions,
): Response {
  return new Response(streamBody(source, options), { headers: HEADERS });
}

/** The headers of such an answer, for a request that wants only them. */
export function eventStreamHead(): Response {
  return new Response(null, { headers: HEADERS });
}

function streamBody(
  source: (signal: AbortSignal) => AsyncGenerator<string, void, undefined>,
  options: StreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const abort = new AbortController();
  const texts = source(abort.signal);
  let asked: Promise<IteratorResult<string, void>> | undefined;
  let open = true;

  function close(): void {
    if (!open) return;
    open = false;
    abort.abort();
    void texts.return().catch(() => undefined);
    options.closed();
  }

  /** The next text that is not empty, or a heartbeat; undefined at the end. */
  async function next(): Promise<string | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<"silence">((resolve) => {
      timer = setTimeout(() => resolve("silence"), options.heartbeatMs);
    });
    try {
      for (;;) {
        asked ??= texts.next();
        const result = await Promise.race([asked, silence]);
        if (result === "silence") return heartbeat(options.position?.());
        asked = undefined;
        if (result.done) return undefined;
        if (result.value !== "") return result.value;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const text = await next();
        if (text !== undefined) {
          controller.enqueue(encoder.encode(text));
        } else if (open) {
          close();
          controller.close();
        }
      } catch (error) {
        close();
        throw error;
      }
    },
    cancel: close,
  });
}

function heartbeat(position: string | undefined): string {
  return `: still here\n${position === undefined ? "" : `id: ${position}\n`}\n`;
}
