import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { type ErrorCode, PluginError } from "../../../protocol/errors.ts";
import { MemoryKv } from "../../../test/support/memory-kv.ts";
import { hostServices } from "./host-services.ts";
import type { PluginLogEntry, ServicePorts } from "./ports.ts";

const signal = new AbortController().signal;

function open(options: {
  readonly instance?: string;
  readonly grants?: readonly string[];
  readonly ports?: Partial<ServicePorts>;
} = {}) {
  const { instance = "one", grants = [], ports = {} } = options;
  const entries: PluginLogEntry[] = [];
  const log = (entry: PluginLogEntry) => void entries.push(entry);
  return {
    entries,
    host: hostServices({ plugin: "p", instance, grants, ports: { log, ...ports } }),
  };
}

async function refused(call: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  const reason = await call.then(() => undefined, (it: unknown) => it);
  ok(reason instanceof PluginError, `not a PluginError: ${reason}`);
  deepEqual([reason.code, reason.origin], [code, "host"]);
  match(reason.message, message);
}

test("log entries carry plugin, instance and their fields", async () => {
  const { host, entries } = open();
  await host.log([{ level: "info", message: "hello", fields: '{"a":1}' }]);
  await host.log([{ level: "error", message: "no fields", fields: "" }]);
  deepEqual(entries, [
    { plugin: "p", instance: "one", level: "info", message: "hello", fields: { a: 1 } },
    { plugin: "p", instance: "one", level: "error", message: "no fields", fields: {} },
  ]);
});

test("a log entry of the wrong form is refused, a long one is cut", async () => {
  const { host, entries } = open();
  const level = "loud" as "info";
  await refused(host.log([{ level, message: "", fields: "" }]), "invalid", /level/);
  for (const fields of ["[1]", "3", "nonsense"]) {
    await refused(host.log([{ level: "info", message: "", fields }]), "invalid", /JSON object/);
  }
  equal(entries.length, 0);
  await host.log([{
    level: "info",
    message: "x".repeat(1e6),
    fields: JSON.stringify("y".repeat(1e6)),
  }]);
  ok(JSON.stringify(entries).length < 40_000);
  match(entries[0]!.message, /\(1000000 characters\)$/);
});

test("an instance keeps values, and sees no other's", async () => {
  const kv = new MemoryKv();
  const { host } = open({ ports: { kv } });
  const other = open({ instance: "two", ports: { kv } }).host;
  const { revision } = await host.kvPut("a/1", Buffer.from("x"), 0, signal);
  deepEqual(await host.kvGet("a/1", signal), { value: Buffer.from("x"), revision });
  equal(await other.kvGet("a/1", signal), undefined);
  await refused(host.kvPut("a/1", Buffer.from("y"), 0, signal), "conflict", /host\.kvPut/);
  await host.kvPut("a/2", Buffer.from("y"), undefined, signal);
  await host.kvPut("b", Buffer.from("z"), undefined, signal);
  const first = await host.kvList("a/", { cursor: "", limit: 1 }, signal);
  deepEqual(first.keys, ["a/1"]);
  deepEqual(await host.kvList("a/", { cursor: first.cursor, limit: 9 }, signal), {
    keys: ["a/2"],
    cursor: "",
  });
  await host.kvDelete("a/1", signal);
  await host.kvDelete("a/1", signal);
  equal(await host.kvGet("a/1", signal), undefined);
});

test("keys, values and pages are bounded", async () => {
  const { host } = open({ ports: { kv: new MemoryKv() } });
  const large = new Uint8Array(1_048_577);
  await refused(host.kvGet("", signal), "invalid", /empty/);
  await refused(host.kvGet("ü".repeat(257), signal), "invalid", /512/);
  await refused(host.kvPut("k", large, undefined, signal), "too_large", /1048576/);
  await refused(host.kvPut("k", "text" as never, undefined, signal), "invalid", /bytes/);
  await refused(host.kvList("", { cursor: "", limit: 0 }, signal), "invalid", /limit/);
});

test("what was not granted is denied, whether the server has it or not", async () => {
  const secret = () => Promise.resolve(Buffer.from("s"));
  const { host } = open({ grants: ["secret:mine"], ports: { secret } });
  equal(Buffer.from(await host.secret("mine", signal)).toString(), "s");
  await refused(host.secret("other", signal), "denied", /secret:other was not granted/);
  await refused(host.readBlob("00", 0, 1, signal), "denied", /blob was not granted/);
  await refused(host.fetch(request("https://a.example/"), signal), "denied", /fetch:a\.example/);
});

test("what the server does not have is unsupported", async () => {
  const { host } = open({ grants: ["secret:a", "blob", "fetch:a.example"] });
  await refused(host.kvGet("k", signal), "unsupported", /store/);
  await refused(host.secret("a", signal), "unsupported", /secrets/);
  await refused(host.readBlob("00", 0, 1, signal), "unsupported", /blobs/);
  await refused(host.fetch(request("https://a.example/"), signal), "unsupported", /requests/);
  await refused(host.fetch(request("nonsense"), signal), "invalid", /URL/);
});

test("a call of a caller that gave up is cancelled", async () => {
  const { host } = open({ ports: { kv: new MemoryKv() } });
  await refused(host.kvGet("k", AbortSignal.abort()), "cancelled", /host\.kvGet/);
});

function request(url: string) {
  return { method: "GET", url, headers: [], body: new Uint8Array(), maxBytes: 10 };
}
