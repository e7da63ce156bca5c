import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Api, listen, LOCAL_URL, localFetch, openApi } from "../../../core/http/mod.ts";
import type { Run as StoredRun } from "../../../core/run/mod.ts";
import { apiFixture, TWO_TASKS } from "../../../test/support/api-fixture.ts";
import { attempt, type MemoryPorts } from "../../../test/support/memory-ports.ts";
import { ErrandError } from "../../errors.ts";
import { openClient } from "./client.ts";
import type { FollowItem } from "./follow-run.ts";

async function open(context: TestContext) {
  const fixture = await apiFixture();
  const listener = await listen(fixture.api.app, { host: "127.0.0.1", port: 0 });
  context.after(async () => {
    fixture.api.close();
    await listener.close();
  });
  const token = fixture.memory.token("admin");
  const client = openClient({ url: `${listener.url}/`, token });
  return { ...fixture, listener, token, client };
}

/** Starts a task of a run, or ends it with `text` in its log. */
function step(memory: MemoryPorts, run: StoredRun, index: number, text: string) {
  const now = memory.runs.get(run.id)!;
  memory.putTask(now, index, { state: "running", attempts: [attempt(1)] });
  memory.appendLog(`${run.id}-${index}-0-1`, 1, text);
  memory.putTask(memory.runs.get(run.id)!, index, {
    state: "succeeded",
    attempts: [attempt(1, { finishedAtMs: 50, exitCode: 0 })],
  });
}

test("each call goes to its route and answers its object", async (context) => {
  const { client, listener } = await open(context);
  assert.equal(client.url, listener.url);
  assert.equal((await client.version()).version, "1.2.3");
  assert.deepEqual(await client.ready(), { ready: true });
  assert.equal((await client.status()).runningRuns, 2);
  assert.deepEqual(await client.plugins(), { items: [] });
  assert.equal((await client.openApi()).openapi, "3.1.0");
  assert.ok("$schema" in await client.pipelineSchema());
  const file = { ...TWO_TASKS, name: "mine" };
  assert.equal((await client.pipelines.apply("mine", file, { dryRun: true })).changed, true);
  const { version, hash } = await client.pipelines.apply("mine", file);
  assert.equal(version, 1);
  assert.equal((await client.pipelines.get("mine")).hash, hash);
  assert.equal((await client.pipelines.get("mine", { version: 1 })).hash, hash);
  assert.equal((await client.pipelines.list({ limit: 1 })).items.length, 1);
  assert.equal((await client.pipelines.versions("mine")).items[0]?.live, true);
  await assert.rejects(client.pipelines.apply("mine", file, { ifMatch: "7" }), {
    code: "conflict",
  });
  const { id } = await client.runs.submit("mine", { params: { depth: 5 }, idempotencyKey: "k" });
  assert.equal(
    (await client.runs.submit("mine", { params: { depth: 5 }, idempotencyKey: "k" })).id,
    id,
  );
  assert.equal((await client.runs.get("mine#1")).id, id);
  assert.equal((await client.runs.cancel("@last", { force: true })).changed, true);
  const again = await client.runs.rerun(id, { params: { depth: 6 } });
  assert.deepEqual((await client.runs.get(again.id)).params, { depth: 6 });
  assert.equal((await client.runs.list({ pipeline: "mine", state: "queued" })).items.length, 2);
  const all: string[] = [];
  for await (const run of client.runs.all({ limit: 1 })) all.push(run.id);
  assert.deepEqual(all, [again.id, id]);
  assert.deepEqual(await client.pipelines.remove("mine"), { pipeline: "mine", changed: true });
  assert.equal((await client.within("team").runs.list()).items.length, 0);
});

test("a problem becomes an error with its code and facts", async (context) => {
  const { client, listener } = await open(context);
  await assert.rejects(client.pipelines.apply("bad", { name: "bad", tusks: {} }), (error) => {
    assert.ok(error instanceof ErrandError);
    assert.equal(error.code, "invalid");
    assert.ok(Array.isArray(error.facts.problems));
    return true;
  });
  await assert.rejects(client.runs.get("none"), { code: "not_found" });
  await assert.rejects(openClient({ url: listener.url }).version(), { code: "unauthenticated" });
});

test("no server: unavailable, what was tried, what to do", async () => {
  const { api } = await apiFixture();
  const listener = await listen(api.app, { host: "127.0.0.1", port: 0 });
  await listener.close();
  const client = openClient({ url: listener.url, token: "t" });
  await assert.rejects(client.version(), {
    code: "unavailable",
    message: new RegExp(`${listener.url} \\(connection refused\\): start one with .errand serve`),
  });
  await assert.rejects(client.runs.logs("1")[Symbol.asyncIterator]().next(), {
    code: "unavailable",
  });
});

test("an answer that is not ours, a slow one and a caller that gave up have their codes", async () => {
  const strange = openClient({
    url: "http://x",
    fetch: () => Promise.resolve(new Response("<html>", { status: 502 })),
  });
  await assert.rejects(strange.version(), {
    code: "unavailable",
    message: /502 without a problem/,
  });
  const never: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      init!.signal!.addEventListener("abort", () => reject(new Error("aborted")));
    });
  await assert.rejects(openClient({ url: "http://x", fetch: never, timeoutMs: 5 }).version(), {
    code: "deadline",
  });
  const abort = new AbortController();
  const call = openClient({ url: "http://x", fetch: never }).version(abort.signal);
  abort.abort();
  await assert.rejects(call, { code: "cancelled" });
});

test("following a run yields logs and each task's changes once, the ended run last", async (context) => {
  const { client, memory } = await open(context);
  const { id } = await client.runs.submit("two");
  const run = memory.runs.get(Number(id))!;
  step(memory, run, 0, "before anybody followed\n");
  const items: FollowItem[] = [];
  for await (const item of client.runs.follow("two")) {
    items.push(item);
    if (item.type === "log" && item.task === "a") step(memory, run, 1, "while followed\n");
    if (item.type === "task" && item.task === "b" && item.state === "succeeded") {
      memory.put({ ...memory.runs.get(run.id)!, state: "succeeded", finishedAtMs: 60 });
    }
  }
  const last = items.pop()!;
  assert.equal(last.type, "run");
  assert.equal(last.type === "run" && last.state, "succeeded");
  assert.deepEqual(
    items.flatMap((item) => item.type === "log" ? [item.text] : []),
    ["before anybody followed\n", "while followed\n"],
  );
  const changes = items.flatMap((item) =>
    item.type === "task" ? [`${item.task} ${item.state}`] : []
  );
  assert.deepEqual(changes.filter((text) => text.startsWith("a")), ["a succeeded"]);
  assert.equal(changes.at(-1), "b succeeded");
  assert.equal(new Set(changes).size, changes.length);
});

test("a stream goes on where it was when the server was restarted", async () => {
  const { memory, api: first } = await apiFixture();
  const token = memory.token("admin");
  let api: Api = first;
  let listener = await listen(api.app, { host: "127.0.0.1", port: 0 });
  const { port } = listener;
  const restart = async () => {
    api.close();
    await listener.close();
    api = openApi(memory.ports());
    listener = await listen(api.app, { host: "127.0.0.1", port });
  };
  const client = openClient({ url: listener.url, token });
  const { id } = await client.runs.submit("two");
  const run = memory.runs.get(Number(id))!;
  memory.putTask(run, 0, { state: "running", attempts: [attempt(1)] });
  memory.appendLog(`${id}-0-0-1`, 1, "1");
  const texts: string[] = [];
  const events = client.events.follow({ run: id })[Symbol.asyncIterator]();
  assert.equal((await events.next()).value.type, "open");
  for await (const { text } of client.runs.logs(id, { follow: true })) {
    texts.push(text);
    if (text === "1") {
      await restart();
      memory.appendLog(`${id}-0-0-1`, 1, "2");
    } else if (text === "2") {
      memory.put({ ...memory.runs.get(run.id)!, state: "cancelled", finishedAtMs: 60 });
    }
  }
  assert.deepEqual(texts, ["1", "2"]);
  const seen: string[] = [];
  while (seen.length < 2) {
    const { value } = await events.next();
    seen.push(`${value.type} ${value.state ?? ""}`.trim());
  }
  assert.deepEqual(seen, ["open", "run cancelled"]);
  await events.return?.();
  api.close();
  await listener.close();
});

test("a stream gives up when the server stays away", async () => {
  const { memory, api } = await apiFixture();
  const listener = await listen(api.app, { host: "127.0.0.1", port: 0 });
  const client = openClient({ url: listener.url, token: memory.token("admin"), resumeMs: 20 });
  const events = client.events.follow()[Symbol.asyncIterator]();
  await events.next();
  api.close();
  await listener.close();
  await assert.rejects(events.next(), { code: "unavailable" });
});

test("without a network the same calls and streams work", async () => {
  const { memory, api } = await apiFixture();
  const client = openClient({
    url: LOCAL_URL,
    token: memory.token("admin"),
    fetch: localFetch(api.app),
  });
  const { id } = await client.runs.submit("two");
  memory.put({ ...memory.runs.get(Number(id))!, state: "cancelled", finishedAtMs: 60 });
  const types: string[] = [];
  for await (const { type } of client.runs.follow(id)) types.push(type);
  assert.deepEqual(types, ["task", "run"]);
  assert.equal(api.streams(), 0);
});

test("what fails in the middle of a stream is thrown, not tried again", async () => {
  const { memory, api } = await apiFixture();
  const fetch = localFetch(api.app);
  const client = openClient({ url: LOCAL_URL, token: memory.token("admin"), fetch });
  const { id } = await client.runs.submit("two");
  memory.putTask(memory.runs.get(Number(id))!, 0, { state: "running", attempts: [attempt(1)] });
  memory.appendLog(`${id}-0-0-1`, 1, "text");
  const reading = (async () => {
    for await (const _ of client.runs.logs(id, { follow: true })) {
      memory.runs.delete(Number(id));
      memory.publish([{ type: "run", namespace: "default", runId: id, state: "failed" }]);
    }
  })();
  await assert.rejects(reading, { code: "not_found" });
});

test("a signal ends a stream quietly", async (context) => {
  const { client, api } = await open(context);
  const abort = new AbortController();
  let opened = 0;
  for await (const { type } of client.events.follow({}, abort.signal)) {
    assert.equal(type, "open");
    opened++;
    abort.abort();
  }
  assert.equal(opened, 1);
  await context.test("and the server forgets it", async () => {
    while (api.streams() > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
