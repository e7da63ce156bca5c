import { ErrandError } from "../../errors.ts";
import { formatPath, type RouteId, ROUTES } from "../routes.ts";
import { errorFromResponse } from "./problem-error.ts";

/** One call: what fills the route's path, its query, its body. */
export interface Call {
  readonly path?: Readonly<Record<string, string>>;
  /** Values that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Carries calls to one server. */
export interface Transport {
  /**
   * Makes a call and answers its JSON. The signal covers the whole call.
   *
   * @throws {ErrandError} the problem's code; `unavailable` when no server answers; `deadline` after
   * the time limit; `cancelled` when the signal fires.
   */
  call<T>(route: RouteId, call: Call, signal?: AbortSignal): Promise<T>;
  /**
   * Opens a stream; the signal also ends it. The time limit covers the wait for its first byte.
   *
   * @throws {ErrandError} as `call`
   */
  open(route: RouteId, call: Call, signal?: AbortSignal): Promise<Response>;
}

/** How to reach a server. */
export interface TransportOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** The longest wait for an answer, in milliseconds; default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** Opens a transport over `fetch`. */
export function openTransport(options: TransportOptions): Transport {
  const { url, token, timeoutMs = 30_000 } = options;
  const send = options.fetch ?? fetch;

  async function request<T>(
    route: RouteId,
    call: Call,
    within: { readonly signal: AbortSignal | undefined; read(response: Response): Promise<T> },
  ): Promise<T> {
    const abort = new AbortController();
    const stop = () => abort.abort(within.signal?.reason);
    if (within.signal?.aborted) stop();
    within.signal?.addEventListener("abort", stop, { once: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      abort.abort();
    }, timeoutMs);
    try {
      const response = await send(url + target(route, call), {
        method: ROUTES[route].method,
        headers: headersOf(token, call),
        redirect: "manual",
        signal: abort.signal,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      if (!response.ok) throw await errorFromResponse(response, url);
      return await within.read(response);
    } catch (error) {
      if (error instanceof ErrandError) throw error;
      if (within.signal?.aborted) {
        throw new ErrandError("cancelled", "the caller gave up", { cause: error });
      }
      if (late) {
        throw new ErrandError("deadline", `${url} did not answer within ${timeoutMs} ms`);
      }
      throw unreachable(url, error);
    } finally {
      clearTimeout(timer);
      // a stream that was opened goes on: its reader listens to the signal
      within.signal?.removeEventListener("abort", stop);
    }
  }

  return {
    call: <T>(route: RouteId, call: Call, signal?: AbortSignal) =>
      request(route, call, { signal, read: (response) => response.json() as Promise<T> }),
    open: (route, call, signal) =>
      request(route, call, { signal, read: (response) => Promise.resolve(response) }),
  };
}

/** Says that nobody answers, and what to do. */
export function unreachable(url: string, error: unknown): ErrandError {
  return new ErrandError(
    "unavailable",
    `no server answers at ${url} (${whyOf(error)}): start one with \`errand serve\`, ` +
      "or set ERRAND_URL to the address of a running one",
    { cause: error, facts: { url } },
  );
}

function target(route: RouteId, call: Call): string {
  const path = formatPath(ROUTES[route].path, call.path ?? {});
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

function headersOf(token: string | undefined, call: Call): Record<string, string> {
  return {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    ...call.headers,
  };
}

function whyOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { readonly code?: unknown }).code;
  if (code === "ECONNREFUSED" || /connection refused/i.test(cause.message)) {
    return "connection refused";
  }
  return typeof code === "string" ? `${code} ${cause.message}`.trim() : cause.message;
}
