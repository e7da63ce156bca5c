import { ErrandError, ERROR_CODES } from "../../protocol/errors.ts";
import type { Problem } from "../../protocol/http/mod.ts";

/** Sent with every answer: nothing here is ever to be shown by a browser as a page, framed or cached. */
export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

const JSON_HEADERS = { "content-type": "application/json", ...SECURITY_HEADERS } as const;

/** An answer with a JSON body. */
export function jsonAnswer(
  value: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const headers = options.headers ? { ...JSON_HEADERS, ...options.headers } : JSON_HEADERS;
  return new Response(JSON.stringify(value), { status: options.status ?? 200, headers });
}

/** A condition whose status is not the one of its code. */
export class HttpError extends ErrandError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    error: ErrandError,
    options: { readonly status: number; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(error.code, error.message, { facts: error.facts, cause: error.cause });
    this.status = options.status;
    this.headers = options.headers ?? {};
  }
}

/** The problem document (RFC 9457) of an error. An internal one tells nothing: its text may be anything. */
export function problemDocument(error: ErrandError): Problem {
  const { http, meaning } = ERROR_CODES[error.code];
  const secretive = error.code === "internal";
  return {
    ...(secretive ? {} : error.facts),
    type: `urn:errand:problem:${error.code}`,
    title: meaning,
    status: error instanceof HttpError ? error.status : http,
    detail: secretive ? "a fault of ours; the server's log says more" : error.message,
    code: error.code,
  };
}

/** The answer that says what went wrong. */
export function problemAnswer(error: ErrandError): Response {
  const body = problemDocument(error);
  const own = error instanceof HttpError ? error.headers : {};
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...SECURITY_HEADERS, ...own, "content-type": "application/problem+json" },
  });
}
