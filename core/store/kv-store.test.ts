import assert from "node:assert/strict";
import { test } from "node:test";
import { PluginError } from "../../protocol/errors.ts";
import { openTestStore } from "./store-fixture.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const isConflict = (error: unknown) => error instanceof PluginError && error.code === "conflict";

async function open(t: Parameters<typeof openTestStore>[0]) {
  const { store, journal } = await openTestStore(t);
  return store.kv(journal);
}

test("a value comes back with its revision; each instance has its own", async (t) => {
  const kv = await open(t);
  assert.equal(await kv.get("i", "k"), undefined);
  const value = new Uint8Array([0, 255, 1, 0xd8]);
  const { revision } = await kv.put({ instance: "i", key: "k" }, value);
  assert.deepEqual(await kv.get("i", "k"), { value, revision });
  assert.equal(await kv.get("j", "k"), undefined);
  await kv.delete("i", "k");
  await kv.delete("i", "k");
  assert.equal(await kv.get("i", "k"), undefined);
});

test("a put on another revision is a conflict; 0 = only when absent", async (t) => {
  const kv = await open(t);
  const at = { instance: "i", key: "k" };
  const first = await kv.put(at, bytes("1"), 0);
  await assert.rejects(kv.put(at, bytes("2"), 0), isConflict);
  const second = await kv.put(at, bytes("2"), first.revision);
  await assert.rejects(kv.put(at, bytes("3"), first.revision), isConflict);
  await kv.delete("i", "k");
  await assert.rejects(kv.put(at, bytes("3"), second.revision), isConflict);
  const third = await kv.put(at, bytes("3"), 0);
  assert.ok(third.revision > second.revision, "no revision comes twice");
});

test("of many puts on one revision at once, one succeeds", async (t) => {
  const kv = await open(t);
  const at = { instance: "i", key: "k" };
  const tried = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => kv.put(at, bytes(String(i)), 0)),
  );
  assert.equal(tried.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal(new TextDecoder().decode((await kv.get("i", "k"))!.value), "0");
});

test("keys list by prefix in byte order, in pages", async (t) => {
  const kv = await open(t);
  const keys = ["a", "a/1", "a/2", "a/ü", "a/\u{1F600}", "a%", "A/1", "b", "a/\0x"];
  for (const key of keys) await kv.put({ instance: "i", key }, bytes(key));
  await kv.put({ instance: "j", key: "a/9" }, bytes(""));
  for (const prefix of ["", "a/", "a", "a%", "_", "c", "a/\0"]) {
    const wanted = keys.filter((key) => key.startsWith(prefix))
      .sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    const found: string[] = [];
    for (let cursor = "";;) {
      const page = await kv.list({ instance: "i", prefix }, { cursor, limit: 2 });
      found.push(...page.keys);
      cursor = page.cursor;
      if (cursor === "") break;
    }
    assert.deepEqual(found, wanted, JSON.stringify(prefix));
  }
  assert.deepEqual((await kv.get("i", "a/\0x"))?.value, bytes("a/\0x"));
});

test("a value that is a view of a larger buffer is stored alone", async (t) => {
  const kv = await open(t);
  const all = bytes("before VALUE behind");
  await kv.put({ instance: "i", key: "k" }, all.subarray(7, 12));
  assert.deepEqual((await kv.get("i", "k"))!.value, bytes("VALUE"));
});
