import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { PluginError } from "../../protocol/errors.ts";
import { CallGuard, type CallRule } from "./call-guard.ts";
import { MAX_MESSAGE_BYTES } from "./measure.ts";

const RULE: CallRule = { deadlineMs: 5_000 };
const FAST: CallRule = { deadlineMs: 5 };

function options(rule = RULE, signal = new AbortController().signal, args: unknown[] = []) {
  return { rule, args, signal };
}

async function failure(call: Promise<unknown>): Promise<PluginError> {
  const reason = await call.then(() => undefined, (it: unknown) => it);
  ok(reason instanceof PluginError, `not a PluginError: ${reason}`);
  return reason;
}

test("an answer passes through", async () => {
  equal(await new CallGuard("p").call("m", () => Promise.resolve(3), options()), 3);
});

test("what a plugin throws becomes a PluginError that names instance and method", async () => {
  class Foreign extends Error {
    readonly _tag = "PluginError";
    readonly code = "fenced";
    readonly retryAfterMs = 7;
  }
  const thrown: readonly (readonly [unknown, string, number])[] = [
    [new PluginError("conflict", "taken", { retryAfterMs: 5 }), "conflict", 5],
    [new Foreign("too old"), "fenced", 7],
    [new TypeError("x is undefined"), "internal", 0],
    ["a text", "internal", 0],
    [new DOMException("stop", "AbortError"), "cancelled", 0],
  ];
  for (const [reason, code, retryAfterMs] of thrown) {
    const error = await failure(new CallGuard("vault").call("get", () => {
      throw reason;
    }, options()));
    deepEqual([error.code, error.retryAfterMs, error.origin], [code, retryAfterMs, "plugin"]);
    match(error.message, /^vault: get: /);
    equal(error.cause, reason);
  }
});

test("a call that does not answer ends as deadline, and its signal is aborted", async () => {
  let seen: AbortSignal | undefined;
  const error = await failure(new CallGuard("p").call("m", (signal) => {
    seen = signal;
    return new Promise(() => {});
  }, options(FAST)));
  equal(error.code, "deadline");
  equal(error.origin, "host");
  equal(seen?.aborted, true);
});

test("the wait that was asked for comes on top of the deadline", async () => {
  const rule: CallRule = { deadlineMs: 0, waitMs: ([ms]) => Number(ms) };
  const later = () => new Promise((resolve) => setTimeout(resolve, 20, "late"));
  const guard = new CallGuard("p");
  equal(await guard.call("m", later, options(rule, undefined, [5_000])), "late");
});

test("a plugin that ends by itself after the deadline is heard", async () => {
  const guard = new CallGuard("p");
  const accepted = guard.call("m", (signal) => {
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve("accepted")));
  }, options(FAST));
  equal(await accepted, "accepted");
});

test("a caller that gives up gets cancelled", async () => {
  const given = new AbortController();
  const call = new CallGuard("p").call("m", (signal) => {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }, options(RULE, given.signal));
  given.abort();
  equal((await failure(call)).code, "cancelled");
  equal(
    (await failure(new CallGuard("p").call("m", never, options(RULE, given.signal)))).code,
    "cancelled",
  );
});

test("a message of more than 8 MiB is refused both ways", async () => {
  const guard = new CallGuard("p");
  const large = new Uint8Array(MAX_MESSAGE_BYTES);
  const request = guard.call("m", never, options(RULE, undefined, [{ text: "more", large }]));
  match((await failure(request)).message, /the request is larger/);
  const answer = guard.call("m", () => Promise.resolve([large]), options());
  match((await failure(answer)).message, /the answer is larger/);
  const many = Array.from({ length: 300_000 }, () => "x".repeat(30));
  equal((await failure(guard.call("m", () => Promise.resolve(many), options()))).code, "too_large");
  await guard.call("m", () => Promise.resolve(large.subarray(100)), options());
});

test("close aborts calls in flight, waits for them, and refuses later ones", async () => {
  const guard = new CallGuard("p");
  let isOver = false;
  const call = guard.call("m", async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    isOver = true;
    throw signal.reason;
  }, options());
  const failed = failure(call);
  await guard.close();
  equal(isOver, true);
  equal((await failed).code, "unavailable");
  await rejects(guard.call("m", never, options()), /this instance is closed/);
  await guard.close();
});

function never(): Promise<never> {
  throw new Error("must not be called");
}
