import type { Hono } from "hono";

/** Where requests that go over no network seem to go. */
export const LOCAL_URL = "http://127.0.0.1";

/** A `fetch` that hands requests to the API in the same process: for `dev` and for tests. */
export function localFetch(app: Hono): typeof fetch {
  return async (input, init) => await app.fetch(new Request(input, init));
}
