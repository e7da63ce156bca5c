import type { Context } from "hono";
import { ErrandError } from "../../protocol/errors.ts";
import { type RouteId, ROUTES } from "../../protocol/http/mod.ts";
import { problemDocument } from "./answer.ts";
import { readBody } from "./body.ts";
import { eventStream, eventStreamHead, formatEvent } from "./event-stream.ts";
import { faultOf } from "./fault.ts";
import type { Followers } from "./followers.ts";
import type { ApiPorts, StoredToken } from "./ports.ts";

/** Answers the calls of one route. */
export type Endpoint = (call: ApiCall) => Response | Promise<Response>;

/** What all calls share. */
export interface ApiContext {
  readonly ports: ApiPorts;
  readonly followers: Followers;
  readonly heartbeatMs: number;
}

/** One request that was let in. */
export class ApiCall {
  readonly ports: ApiPorts;
  readonly #shared: ApiContext;
  readonly #context: Context;
  readonly #id: RouteId;
  readonly #token: StoredToken | undefined;

  constructor(
    shared: ApiContext,
    at: {
      readonly context: Context;
      readonly id: RouteId;
      readonly token: StoredToken | undefined;
    },
  ) {
    this.ports = shared.ports;
    this.#shared = shared;
    this.#context = at.context;
    this.#id = at.id;
    this.#token = at.token;
  }

  /** A parameter of the path, decoded; "" when the route has none of that name. */
  param(name: "namespace" | "pipeline" | "run"): string {
    return this.#context.req.param(name) ?? "";
  }

  get namespace(): string {
    return this.param("namespace");
  }

  /** The run that the path means, still to be found. */
  get runRef(): { readonly namespace: string; readonly ref: string } {
    return { namespace: this.namespace, ref: this.param("run") };
  }

  query(): Record<string, string> {
    return this.#context.req.query();
  }

  header(name: string): string | undefined {
    return this.#context.req.header(name);
  }

  /** @throws {ErrandError} `too_large` */
  body(): Promise<string> {
    return readBody(this.#context, ROUTES[this.#id].maxBodyBytes);
  }

  /** The token that came with it. @throws {ErrandError} `unauthenticated` on a public route */
  get token(): StoredToken {
    if (!this.#token) throw new ErrandError("unauthenticated", "this needs a token");
    return this.#token;
  }

  /** Who asks, as runs and versions record it. */
  get by(): string {
    return `user:${this.token.name}`;
  }

  /**
   * Answers with a stream of server-sent events that ends with the reader or the server.
   *
   * @throws {ErrandError} `exhausted` when too many are open
   */
  stream(
    source: (signal: AbortSignal) => AsyncGenerator<string, void, undefined>,
    position?: () => string,
  ): Response {
    if (this.#context.req.raw.method === "HEAD") return eventStreamHead();
    const place = this.#shared.followers.join();
    return eventStream((signal) => this.#guarded(source, [signal, place.signal]), {
      heartbeatMs: this.#shared.heartbeatMs,
      ...(position ? { position } : {}),
      closed: place.leave,
    });
  }

  /** What fails once the headers are gone is the last event of the stream. */
  async *#guarded(
    source: (signal: AbortSignal) => AsyncGenerator<string, void, undefined>,
    signals: AbortSignal[],
  ): AsyncGenerator<string, void, undefined> {
    const signal = AbortSignal.any(signals);
    try {
      yield* source(signal);
    } catch (error) {
      if (signal.aborted) return;
      const fault = faultOf(this.ports, { thrown: error, route: this.#id });
      yield formatEvent("problem", JSON.stringify(problemDocument(fault)));
    }
  }
}
