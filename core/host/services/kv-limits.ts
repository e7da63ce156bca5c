import { Buffer } from "node:buffer";
import { PluginError } from "../../../protocol/errors.ts";
import type { Bytes, Page } from "../../kernel/plugin.ts";

/** The longest key, in bytes. */
export const MAX_KEY_BYTES = 512;
/** The largest value, in bytes. */
export const MAX_VALUE_BYTES = 1_048_576;

/** @throws {PluginError} `invalid` for a key that is empty or too long. */
export function checkKey(key: string): void {
  if (key === "") throw new PluginError("invalid", "a key must not be empty", { origin: "host" });
  checkPrefix(key);
}

/** @throws {PluginError} `invalid` for one that no key can begin with. */
export function checkPrefix(prefix: string): void {
  if (typeof prefix === "string" && Buffer.byteLength(prefix) <= MAX_KEY_BYTES) return;
  throw new PluginError("invalid", `a key is a text of at most ${MAX_KEY_BYTES} bytes`, {
    origin: "host",
  });
}

/** @throws {PluginError} `too_large`, or `invalid` for what is no bytes. */
export function checkValue(value: Bytes): void {
  if (!(value instanceof Uint8Array)) {
    throw new PluginError("invalid", "a value must be bytes", { origin: "host" });
  }
  if (value.length <= MAX_VALUE_BYTES) return;
  const message = `a value has at most ${MAX_VALUE_BYTES} bytes, found ${value.length}`;
  throw new PluginError("too_large", message, { origin: "host" });
}

/** @throws {PluginError} `invalid` for a limit that is not 1 to 1,000. */
export function checkPage({ limit }: Page): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return;
  throw new PluginError("invalid", `limit must be 1 to 1,000, found ${limit}`, { origin: "host" });
}
