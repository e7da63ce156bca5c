import type { StreamEvent } from "./follow-run.ts";
import { resumedStream } from "./resumed-stream.ts";
import type { Scope } from "./scope.ts";

/** Which events to follow. */
export interface EventFilter {
  /** Only this run's, by id. */
  readonly run?: string | undefined;
  /** Only this pipeline's. */
  readonly pipeline?: string | undefined;
  /** Begin after the event with this id; default: from now. */
  readonly after?: string | undefined;
  /** Every namespace that the token covers, instead of one. */
  readonly allNamespaces?: boolean | undefined;
}

/** Calls about events. */
export interface EventClient {
  /**
   * Follows what changes, without end, across broken connections. `open` comes whenever a stream
   * was opened; `reset` says that events were missed because they are no longer kept: read again
   * what you hold.
   */
  follow(filter?: EventFilter, signal?: AbortSignal): AsyncIterable<StreamEvent>;
}

/** The calls about events of one namespace. */
export function eventClient(scope: Scope): EventClient {
  const { transport, namespace, url, resumeMs } = scope;
  return {
    async *follow(filter = {}, signal) {
      const { run, pipeline, after, allNamespaces } = filter;
      const stream = resumedStream({
        url,
        resumeMs,
        lastEventId: after,
        open: (lastEventId, signal) =>
          transport.open(allNamespaces ? "followAllEvents" : "followEvents", {
            path: { namespace },
            query: { run, pipeline },
            headers: {
              accept: "text/event-stream",
              ...(lastEventId ? { "last-event-id": lastEventId } : {}),
            },
          }, signal),
      }, signal);
      for await (const { event, data } of stream) {
        const value = JSON.parse(data) as StreamEvent;
        yield event === "open" || event === "reset" ? { ...value, type: event } : value;
      }
    },
  };
}
