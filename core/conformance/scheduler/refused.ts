import { equal, ok } from "node:assert/strict";
import { type ErrorCode, PluginError } from "../../../protocol/errors.ts";

/** Asserts that a call is refused as a `PluginError` with this code. */
export async function refused(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  let reason: unknown;
  try {
    await call;
  } catch (error) {
    reason = error;
  }
  ok(reason !== undefined, `should be refused as ${code}, but it was accepted`);
  ok(reason instanceof PluginError, `should be a PluginError ${code}, but it is: ${reason}`);
  equal(reason.code, code, reason.message);
}
