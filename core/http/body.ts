import type { Context } from "hono";
import { ErrandError } from "../../protocol/errors.ts";
import { jsonErrorPosition } from "./json-position.ts";

/**
 * The text of a body that is at most `maxBytes` long. A longer one is refused before it is read when
 * it says its length, else as soon as it is longer.
 *
 * @throws {ErrandError} `too_large`, naming the limit
 */
export async function readBody(context: Context, maxBytes: number): Promise<string> {
  const request = context.req.raw;
  const length = request.headers.get("content-length");
  if (length !== null) {
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    // the HTTP parser holds the sender to the length that was said
    const text = await request.text();
    if (Buffer.byteLength(text) > maxBytes) throw tooLarge(maxBytes);
    return text;
  }
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > maxBytes) {
      void reader.cancel().catch(() => undefined);
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * A body's JSON; an empty body is `{}`. Whatever its content type says: tokens, not cookies, say who
 * asks, so a form that a foreign page sends has no rights.
 *
 * @throws {ErrandError} `invalid` with the place in `problems`
 */
export function parseBody(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { line, column } = jsonErrorPosition(text);
    const message = `the body is not JSON: it breaks off at line ${line}, column ${column}`;
    throw new ErrandError("invalid", message, {
      facts: { problems: [{ code: "syntax", message: "not JSON from here on", line, column }] },
    });
  }
}

function tooLarge(maxBytes: number): ErrandError {
  return new ErrandError("too_large", `the body is longer than the limit of ${maxBytes} bytes`, {
    facts: { maxBytes },
  });
}
