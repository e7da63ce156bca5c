import { type Context, Hono } from "hono";
import { ErrandError } from "../../protocol/errors.ts";
import { type Route, type RouteId, ROUTES } from "../../protocol/http/mod.ts";
import { isName } from "../pipeline/mod.ts";
import { HttpError, problemAnswer } from "./answer.ts";
import { authorize, Gatekeeper } from "./caller.ts";
import { ApiCall, type ApiContext, type Endpoint } from "./endpoint.ts";
import { EVENT_ENDPOINTS } from "./event-endpoints.ts";
import { faultOf } from "./fault.ts";
import type { FailureThrottle } from "./failure-throttle.ts";
import { Followers } from "./followers.ts";
import { hostCheck, type HostNames } from "./host-check.ts";
import { LOG_ENDPOINTS } from "./log-endpoints.ts";
import { PIPELINE_ENDPOINTS } from "./pipeline-endpoints.ts";
import type { ApiPorts } from "./ports.ts";
import { RUN_ENDPOINTS } from "./run-endpoints.ts";
import { SERVER_ENDPOINTS } from "./server-endpoints.ts";

/** The endpoint of each route: one that is missing is a type error. */
const ENDPOINTS: Readonly<Record<RouteId, Endpoint>> = {
  ...SERVER_ENDPOINTS,
  ...PIPELINE_ENDPOINTS,
  ...RUN_ENDPOINTS,
  ...LOG_ENDPOINTS,
  ...EVENT_ENDPOINTS,
};

/** Settings of the API. */
export interface ApiOptions {
  /** Which host names are let in; default: those of loopback. */
  readonly hosts?: HostNames;
  /** The most streams open at once; default 512. */
  readonly maxStreams?: number;
  /** After how long a silence a stream says that it lives, in milliseconds; default 15,000. */
  readonly heartbeatMs?: number;
  readonly throttle?: FailureThrottle;
}

/** The API: `app.fetch` answers requests; `close` ends the open streams and refuses new ones. */
export interface Api {
  readonly app: Hono;
  /** Open streams. */
  readonly streams: () => number;
  close(): void;
}

/** The API over its ports: every route of the table, behind the same door. */
export function openApi(ports: ApiPorts, options: ApiOptions = {}): Api {
  const followers = new Followers(options.maxStreams ?? 512);
  const shared: ApiContext = { ports, followers, heartbeatMs: options.heartbeatMs ?? 15_000 };
  const gatekeeper = new Gatekeeper(ports.tokens, {
    nowMs: () => ports.nowMs(),
    throttle: options.throttle,
  });
  const hosts = hostCheck(options.hosts ?? { loopback: true });
  const app = new Hono();

  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
    const endpoint = ENDPOINTS[id];
    app.on(route.method, honoPath(route.path), async (context) => {
      try {
        hosts.check(context.req.header("host") ?? hostOf(context), context.req.header("origin"));
        if (route.policy.access === "public") {
          return await endpoint(new ApiCall(shared, { context, id, token: undefined }));
        }
        const token = await gatekeeper.authenticate(
          context.req.header("authorization"),
          addressOf(context),
        );
        const namespace = context.req.param("namespace");
        authorize(token, { policy: route.policy, namespace });
        if (namespace !== undefined && !isName(namespace)) throw badNamespace();
        return await endpoint(new ApiCall(shared, { context, id, token }));
      } catch (error) {
        return problemAnswer(faultOf(ports, { thrown: error, route: id }));
      }
    });
  }
  app.notFound((context) => problemAnswer(unknownRoute(context)));
  app.onError((error) => problemAnswer(faultOf(ports, { thrown: error, route: "" })));
  return { app, streams: () => followers.size, close: () => followers.close() };
}

function unknownRoute(context: Context): ErrandError {
  const { path } = context.req;
  const methods = Object.values(ROUTES as Readonly<Record<string, Route>>)
    .filter((route) => pathPattern(route.path).test(path))
    .map((route) => route.method);
  if (methods.length === 0) {
    return new ErrandError("not_found", "there is no such path: /openapi.json lists them all");
  }
  const allow = methods.join(", ");
  return new HttpError(
    new ErrandError("unsupported", `this path takes ${allow}, not ${context.req.method}`),
    { status: 405, headers: { allow } },
  );
}

function badNamespace(): ErrandError {
  return new ErrandError("invalid", "a namespace is named a-z 0-9 -, 1 to 63 characters");
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** Requests that came over no network (tests, `dev`) have no `Host` header, but an address. */
function hostOf(context: Context): string {
  return new URL(context.req.url).host;
}

function addressOf(context: Context): string {
  const env = context.env as
    | { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } }
    | undefined;
  return env?.incoming?.socket?.remoteAddress ?? "";
}
