import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ErrandError } from "../../protocol/errors.ts";
import { problemAnswer } from "./answer.ts";

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Needed for an address that other machines reach: there is no TLS here. */
  readonly allowRemote?: boolean;
  /** How long requests in flight may take when it closes, in milliseconds; default 5,000. */
  readonly graceMs?: number;
  /** How long headers, and a whole request, may take to arrive (slow loris), in milliseconds; default 10,000 and 60,000. */
  readonly headersMs?: number;
  readonly requestMs?: number;
}

/** An open listener. */
export interface Listener {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets requests in flight end, then cuts them off. Idempotent. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Listens with `node:http`, which both runtimes have.
 *
 * @throws {ErrandError} `conflict` for a port in use, `denied` for an address that is not allowed,
 * `invalid` for one that this machine has not
 */
export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const { host, port, headersMs = 10_000 } = options;
  if (!options.allowRemote && !isLoopback(host)) {
    throw new ErrandError(
      "denied",
      `other machines reach ${host}, and there is no TLS: listen on 127.0.0.1 behind a proxy ` +
        "that has it, or allow it explicitly",
    );
  }
  const answer = getRequestListener(app.fetch, {
    // its own Request and Response, made only as far as they are looked at, halve the cost of a call
    overrideGlobalObjects: true,
    errorHandler: () => problemAnswer(new ErrandError("invalid", "this is no valid request")),
  });
  const inFlight = new InFlight();
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: options.requestMs ?? 60_000,
      connectionsCheckingInterval: Math.min(5_000, headersMs),
      keepAliveTimeout: 65_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      inFlight.add(response);
      void answer(request, response);
    },
  );
  await bind(server, { host, port });
  const bound = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${urlHost(host)}:${bound}`,
    port: bound,
    close: () => closing ??= close(server, inFlight.none(options.graceMs ?? 5_000)),
  };
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function bind(server: Server, at: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(bindError(error, at)));
    server.listen({ host: at.host, port: at.port }, resolve);
  });
}

function bindError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): ErrandError {
  const at = `${host}:${port}`;
  const { code, message } = error;
  if (code === "EADDRINUSE") {
    return new ErrandError(
      "conflict",
      `${at} is in use: stop what listens there, or choose another with --listen HOST:PORT ` +
        "(port 0 picks a free one)",
      { cause: error },
    );
  }
  if (code === "EACCES") {
    return new ErrandError("denied", `not allowed to listen on ${at}: choose a port above 1023`, {
      cause: error,
    });
  }
  return new ErrandError("invalid", `cannot listen on ${at} (${code ?? message})`, {
    cause: error,
  });
}

/**
 * Ends the connections only when no answer is under way any more: one may be open without a
 * request, or kept alive after one, for as long as the other side likes.
 */
async function close(server: Server, quiet: Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await quiet;
  server.closeAllConnections();
  await closed;
}

/** Counts the answers that are under way. */
class InFlight {
  #count = 0;
  #quiet: () => void = () => undefined;

  add(response: ServerResponse): void {
    this.#count++;
    response.once("close", () => {
      this.#count--;
      if (this.#count === 0) this.#quiet();
    });
  }

  /** Resolves once there are none, or after `withinMs`. */
  none(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#quiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#count === 0) this.#quiet();
    });
  }
}

function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
