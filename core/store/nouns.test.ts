import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS_PER_GROUP } from "./journal.ts";
import { idempotencyRow } from "./idempotency.ts";
import { pipelineRow, type PipelineVersion, pipelineVersionRow } from "./pipeline-store.ts";
import { openTestStore } from "./store-fixture.ts";
import { type StoredToken, tokenRow } from "./token-store.ts";

const version = (name: string, version: number): PipelineVersion => ({
  namespace: "default",
  name,
  version,
  hash: `hash-${version}`,
  canonical: `{"name":"${name}"}`,
  createdAtMs: 1_000 + version,
  createdBy: "user:x",
});

test("a pipeline has one live version; removed, its versions stay", async (t) => {
  const { store, write } = await openTestStore(t);
  const { pipelines } = store;
  assert.equal(await pipelines.live("default", "a"), undefined);
  const head = { namespace: "default", name: "a" };
  await write([pipelineVersionRow(version("a", 1)), pipelineRow({ ...head, liveVersion: 1 })]);
  await write([pipelineVersionRow(version("a", 2)), pipelineRow({ ...head, liveVersion: 2 })]);
  assert.deepEqual(await pipelines.live("default", "a"), version("a", 2));
  assert.deepEqual(await pipelines.version("default", "a", 1), version("a", 1));
  assert.deepEqual(await pipelines.byHash("default", "a", "hash-1"), version("a", 1));
  assert.equal(await pipelines.byHash("default", "a", "nothing"), undefined);
  assert.equal(await pipelines.live("other", "a"), undefined);
  await write([pipelineRow({ ...head, liveVersion: 2, removedAtMs: 5 })]);
  assert.equal(await pipelines.live("default", "a"), undefined);
  assert.deepEqual(await pipelines.newest("default", "a"), version("a", 2));
});

test("pipelines list by name, versions newest first, in pages", async (t) => {
  const { store, write } = await openTestStore(t);
  for (const name of ["c", "a", "b"]) {
    const versions = [1, 2, 3].map((n) => pipelineVersionRow(version(name, n)));
    await write([...versions, pipelineRow({ namespace: "default", name, liveVersion: 3 })]);
  }
  const names = async (after: string, limit: number) =>
    (await store.pipelines.list({ namespace: "default", after, limit })).map((p) => p.name);
  assert.deepEqual(await names("", 2), ["a", "b"]);
  assert.deepEqual(await names("b", 2), ["c"]);
  const numbers = async (before: number, limit: number) =>
    (await store.pipelines.versions({ namespace: "default", name: "a", before, limit }))
      .map((p) => p.version);
  assert.deepEqual(await numbers(Infinity, 2), [3, 2]);
  assert.deepEqual(await numbers(2, 2), [1]);
});

test("a token is found by its prefix; a note of its use changes nothing else", async (t) => {
  const { store, write } = await openTestStore(t);
  const token: StoredToken = {
    id: "t1",
    prefix: "abc",
    sha256: "00",
    name: "ci",
    role: "operator",
    namespaces: ["default", "other"],
    createdAtMs: 1,
    expiresAtMs: 9,
  };
  await write([tokenRow(token), tokenRow({ ...token, id: "t2", prefix: "def", namespaces: "*" })]);
  assert.deepEqual(await store.tokens.find("abc"), token);
  assert.equal((await store.tokens.find("def"))?.namespaces, "*");
  assert.equal(await store.tokens.find("nothing"), undefined);
  await write([tokenRow({ ...token, revokedAtMs: 5 })]);
  await store.tokens.markUsed("t1", 7);
  assert.deepEqual(await store.tokens.find("abc"), { ...token, revokedAtMs: 5, lastUsedAtMs: 7 });
  assert.deepEqual((await store.tokens.list("", 10)).map(({ id }) => id), ["t1", "t2"]);
  assert.deepEqual((await store.tokens.list("t1", 10)).map(({ id }) => id), ["t2"]);
  await assert.rejects(write([tokenRow({ ...token, id: "t3" })]), /token\.prefix/);
});

test("an idempotency key answers with its run, in its namespace, for a day", async (t) => {
  const { store, write } = await openTestStore(t);
  const entry = { namespace: "default", key: "k", bodyHash: "h", runId: 5, number: 2 };
  await write([idempotencyRow({ ...entry, atMs: Date.now() })]);
  assert.deepEqual(await store.findIdempotent("default", "k"), {
    bodyHash: "h",
    runId: 5,
    number: 2,
  });
  assert.equal(await store.findIdempotent("other", "k"), undefined);
  await write([idempotencyRow({ ...entry, key: "old", atMs: Date.now() - 86_400_001 })]);
  assert.equal(await store.findIdempotent("default", "old"), undefined);
});

test("events are read behind any place, across groups, until they are pruned", async (t) => {
  const { store, write } = await openTestStore(t);
  const { events } = store;
  assert.deepEqual(await events.bounds(), { prunedTo: 0, last: 0 });
  await write([], ['{"n":0}', '{"n":1}', '{"n":2}']);
  await write([pipelineRow({ namespace: "default", name: "a", liveVersion: 1 })]);
  await write([], ['{"n":3,"text":"ü\\ud83d"}']);
  const first = EVENTS_PER_GROUP;
  assert.deepEqual(await events.bounds(), { prunedTo: 0, last: 3 * first });
  const ids = async (after: number, limit = 10) =>
    (await events.read({ after, limit })).map(({ id }) => id);
  assert.deepEqual(await ids(0), [first, first + 1, first + 2, 3 * first]);
  assert.deepEqual(await ids(first), [first + 1, first + 2, 3 * first]);
  assert.deepEqual(await ids(first + 1, 1), [first + 2]);
  assert.deepEqual(await ids(first + 2), [3 * first]);
  assert.deepEqual(await ids(3 * first), []);
  const [last] = await events.read({ after: 2 * first, limit: 1 });
  assert.deepEqual(JSON.parse(last!.text), { n: 3, text: "ü\ud83d" });

  await store.sweep({ runs: 0, ageMs: 0, groups: 1, nowMs: Date.now() });
  const { prunedTo, last: newest } = await events.bounds();
  assert.equal(newest, 3 * first);
  assert.ok(prunedTo >= first + 2 && prunedTo < newest);
  assert.deepEqual(await ids(prunedTo), [3 * first]);
});
