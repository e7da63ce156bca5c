import type { LogEvent } from "../log.ts";
import type { Cancelled, Run, RunItem, RunPage, RunState, Submitted } from "../run.ts";
import type { EventClient } from "./event-client.ts";
import { type FollowItem, followRun } from "./follow-run.ts";
import { resumedStream } from "./resumed-stream.ts";
import type { Scope } from "./scope.ts";

/** Parameter values by name. */
export type ParamValues = Readonly<Record<string, unknown>>;

/** Calls about runs. RUN is an id, `name` (its last run), `name#42` or `@last`. */
export interface RunClient {
  /**
   * Starts a run; resolves once it is durable. Repeating it with the same idempotency key answers
   * the first run.
   *
   * @throws {ErrandError} `not_found`, `invalid` (parameters), `conflict` (the key, another body)
   */
  submit(
    pipeline: string,
    request?: { readonly params?: ParamValues; readonly idempotencyKey?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Submitted>;
  /** Newest first, a page at a time. */
  list(query?: RunFilter, signal?: AbortSignal): Promise<RunPage>;
  /** Newest first, all pages, each read when it is reached. */
  all(query?: RunFilter, signal?: AbortSignal): AsyncIterable<RunItem>;
  /** @throws {ErrandError} `not_found` */
  get(run: string, signal?: AbortSignal): Promise<Run>;
  /** Asks it to end; resolves once that is durable. @throws {ErrandError} `not_found` */
  cancel(
    run: string,
    options?: { readonly force?: boolean | undefined },
    signal?: AbortSignal,
  ): Promise<Cancelled>;
  /** Starts a new run of the same version, with `params` in place of the first one's. */
  rerun(
    run: string,
    request?: { readonly params?: ParamValues; readonly idempotencyKey?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Submitted>;
  /** The pieces of its logs, across broken connections, each once. */
  logs(run: string, query?: LogFilter, signal?: AbortSignal): AsyncIterable<LogEvent>;
  /** Logs and changes of tasks as they come, then the ended run; across broken connections. */
  follow(
    run: string,
    options?: { readonly logs?: boolean | undefined },
    signal?: AbortSignal,
  ): AsyncIterable<FollowItem>;
}

/** Which runs. */
export interface RunFilter {
  readonly pipeline?: string | undefined;
  readonly state?: RunState | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Which logs. */
export interface LogFilter {
  /** Default: all tasks. */
  readonly task?: string | undefined;
  /** From 1, needs `task`; default: all. */
  readonly attempt?: number | undefined;
  /** Goes on until what is followed has ended. */
  readonly follow?: boolean | undefined;
}

/** The calls about runs of one namespace. */
export function runClient(scope: Scope, events: EventClient): RunClient {
  const { transport, namespace, url, resumeMs } = scope;
  const path = (run: string) => ({ namespace, run });

  const get = (run: string, signal?: AbortSignal) =>
    transport.call<Run>("getRun", { path: path(run) }, signal);
  const list = (query: RunFilter = {}, signal?: AbortSignal) =>
    transport.call<RunPage>("listRuns", { path: { namespace }, query: { ...query } }, signal);
  /** A reference may come to mean another run: what goes on for long holds on to the id. */
  const idOf = async (run: string, signal?: AbortSignal) =>
    /^\d+$/.test(run) ? run : (await get(run, signal)).id;

  async function* logs(run: string, query: LogFilter = {}, signal?: AbortSignal) {
    const id = await idOf(run, signal);
    const { task, attempt, follow } = query;
    const stream = resumedStream({
      url,
      resumeMs,
      endEvent: "end",
      open: (lastEventId, signal) =>
        transport.open("readLogs", {
          path: path(id),
          query: { task, attempt, follow: follow ? true : undefined },
          headers: {
            accept: "text/event-stream",
            ...(lastEventId ? { "last-event-id": lastEventId } : {}),
          },
        }, signal),
    }, signal);
    for await (const { data } of stream) yield JSON.parse(data) as LogEvent;
  }

  return {
    get,
    list,
    logs,
    submit: (pipeline, request = {}, signal) =>
      transport.call("submitRun", {
        path: { namespace, pipeline },
        headers: keyHeader(request.idempotencyKey),
        body: { params: request.params ?? {} },
      }, signal),
    async *all(query = {}, signal) {
      let cursor = query.cursor;
      do {
        const page: RunPage = await list({ ...query, cursor }, signal);
        yield* page.items;
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
    cancel: (run, options = {}, signal) =>
      transport.call(
        "cancelRun",
        { path: path(run), body: { force: options.force ?? false } },
        signal,
      ),
    rerun: (run, request = {}, signal) =>
      transport.call("rerunRun", {
        path: path(run),
        headers: keyHeader(request.idempotencyKey),
        body: request.params ? { params: request.params } : {},
      }, signal),
    async *follow(run, options = {}, signal) {
      const id = await idOf(run, signal);
      yield* followRun({
        get: (signal) => get(id, signal),
        events: (signal) => events.follow({ run: id }, signal),
        logs: options.logs === false ? undefined : (signal) => logs(id, { follow: true }, signal),
      }, signal);
    },
  };
}

function keyHeader(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { "idempotency-key": key };
}
