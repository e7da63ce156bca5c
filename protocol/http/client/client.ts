import type { Health, PluginPage, Readiness, Status, Version } from "../server.ts";
import { type EventClient, eventClient } from "./event-client.ts";
import { type PipelineClient, pipelineClient } from "./pipeline-client.ts";
import { type RunClient, runClient } from "./run-client.ts";
import { openTransport } from "./transport.ts";

/** How to reach a server. */
export interface ClientOptions {
  /** `http://127.0.0.1:7470`; a trailing slash is dropped. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** Default the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** The longest wait for an answer, in milliseconds; default 30,000. Streams are not limited. */
  readonly timeoutMs?: number | undefined;
  /** How long a stream looks for a server that went away, in milliseconds; default 60,000. */
  readonly resumeMs?: number | undefined;
}

/**
 * The API of one server, as seen from one namespace. Every call throws an `ErrandError` with the
 * problem's code and, as facts, its other members; `unavailable` when no server answers. The signal
 * ends a call with `cancelled`, a stream quietly. Calls may overlap. It holds nothing open.
 */
export interface ErrandClient {
  readonly url: string;
  readonly namespace: string;
  readonly pipelines: PipelineClient;
  readonly runs: RunClient;
  readonly events: EventClient;
  /** The same server, seen from another namespace. */
  within(namespace: string): ErrandClient;
  version(signal?: AbortSignal): Promise<Version>;
  /** Needs no token. */
  health(signal?: AbortSignal): Promise<Health>;
  /** Needs no token. @throws {ErrandError} `unavailable` when it is not ready */
  ready(signal?: AbortSignal): Promise<Readiness>;
  status(signal?: AbortSignal): Promise<Status>;
  plugins(signal?: AbortSignal): Promise<PluginPage>;
  /** The JSON Schema of the pipeline file. */
  pipelineSchema(signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
  openApi(signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
}

/** The client of the API: what the command line, the dashboard and tests use. */
export function openClient(options: ClientOptions): ErrandClient {
  const url = options.url.replace(/\/+$/, "");
  const transport = openTransport({ ...options, url });

  function within(namespace: string): ErrandClient {
    const at = { transport, namespace, url, resumeMs: options.resumeMs };
    const events = eventClient(at);
    return {
      url,
      namespace,
      within,
      events,
      pipelines: pipelineClient(at),
      runs: runClient(at, events),
      version: (signal) => transport.call("getVersion", {}, signal),
      health: (signal) => transport.call("getHealth", {}, signal),
      ready: (signal) => transport.call("getReadiness", {}, signal),
      status: (signal) => transport.call("getStatus", {}, signal),
      plugins: (signal) => transport.call("listPlugins", {}, signal),
      pipelineSchema: (signal) => transport.call("getPipelineSchema", {}, signal),
      openApi: (signal) => transport.call("getOpenApi", {}, signal),
    };
  }
  return within(options.namespace ?? "default");
}
