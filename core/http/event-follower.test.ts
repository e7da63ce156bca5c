import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EventStreamParser,
  type ServerSentEvent,
} from "../../protocol/http/client/event-stream.ts";
import { EventMark, RunEvent } from "../../protocol/http/mod.ts";
import { type ApiFixture, apiFixture } from "../../test/support/api-fixture.ts";

const EVENTS = "/v1/namespaces/default/events";
const EVENT = {
  type: "run",
  namespace: "default",
  runId: "1",
  pipeline: "two",
  number: 1,
  state: "queued",
} as const;

/** Reads a stream event by event. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #parser = new EventStreamParser();
  readonly #events: ServerSentEvent[] = [];

  constructor(response: Response) {
    assert.equal(response.status, 200);
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  async next(): Promise<ServerSentEvent> {
    while (this.#events.length === 0) {
      const { value, done } = await this.#reader.read();
      assert.ok(!done, "the stream ended");
      this.#events.push(...this.#parser.push(value));
    }
    return this.#events.shift()!;
  }

  async ids(count: number): Promise<number[]> {
    const ids: number[] = [];
    while (ids.length < count) {
      const { event, data, id } = await this.next();
      assert.equal(event, "run");
      assert.equal(RunEvent.parse(JSON.parse(data)).id, id);
      ids.push(Number(id));
    }
    return ids;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function follow(
  { request }: ApiFixture,
  query = "",
  headers: Record<string, string> = {},
): Promise<Reader> {
  return new Reader(await request("GET", `${EVENTS}${query}`, { headers }));
}

test("a new follower gets what comes, in order, filtered", async () => {
  const fixture = await apiFixture();
  const { memory } = fixture;
  memory.publish([EVENT]);
  const before = memory.events.at(-1)!.id;
  const reader = await follow(fixture, "?run=2");
  const open = await reader.next();
  assert.equal(open.event, "open");
  assert.equal(EventMark.parse(JSON.parse(open.data)).id, String(before));
  memory.publish([EVENT, { ...EVENT, runId: "2" }, { ...EVENT, namespace: "x", runId: "2" }]);
  memory.publish([{ ...EVENT, runId: "2", pipeline: "other" }]);
  const mine = memory.events.filter(({ runId, namespace }) =>
    runId === "2" && namespace === "default"
  );
  assert.deepEqual(await reader.ids(2), mine.map(({ id }) => id));
  assert.equal(memory.reads, 0, "what is live is not read from the store");
  await reader.close();
});

test("Last-Event-ID replays what was missed, each once, then goes on live", async () => {
  const fixture = await apiFixture();
  const { memory } = fixture;
  for (let i = 0; i < 1_200; i++) memory.publish([EVENT]);
  const all = memory.events.map(({ id }) => id);
  const reader = await follow(fixture, "", { "last-event-id": String(all[0]) });
  assert.equal((await reader.next()).event, "open");
  const early = await reader.ids(10);
  memory.publish([EVENT, EVENT]);
  const rest = await reader.ids(1_191);
  assert.deepEqual([...early, ...rest], memory.events.map(({ id }) => id).slice(1));
  memory.publish([EVENT]);
  assert.deepEqual(await reader.ids(1), [memory.events.at(-1)!.id]);
  await reader.close();
});

test("older than what is kept, or newer than all: a reset, never a silent gap", async () => {
  const fixture = await apiFixture();
  const { memory } = fixture;
  for (let i = 0; i < 10; i++) memory.publish([EVENT]);
  const ids = memory.events.map(({ id }) => id);
  memory.prunedTo = ids[5]!;
  for (const after of [ids[2]!, ids[9]! + 1_000]) {
    const reader = await follow(fixture, `?after=${after}`);
    let mark = await reader.next();
    if (mark.event === "open") mark = await reader.next();
    assert.equal(mark.event, "reset");
    assert.equal(mark.id, String(ids[9]));
    await reader.close();
  }
  const whole = await follow(fixture, `?after=${ids[5]}`);
  assert.equal((await whole.next()).event, "open");
  assert.deepEqual(await whole.ids(4), ids.slice(6));
  await whole.close();
});

test("a follower that does not read is held in bounds and still misses nothing", async () => {
  const fixture = await apiFixture();
  const { memory } = fixture;
  const reader = await follow(fixture);
  assert.equal((await reader.next()).event, "open");
  for (let i = 0; i < 5_000; i++) memory.publish([EVENT]);
  assert.deepEqual(await reader.ids(5_000), memory.events.map(({ id }) => id));
  assert.ok(memory.reads > 0);
  await reader.close();
});

test("streams are bounded, given back on disconnect, and ended by close", async () => {
  const fixture = await apiFixture({ maxStreams: 2 });
  const { api, memory, request } = fixture;
  const first = await follow(fixture);
  const second = await follow(fixture);
  await first.next();
  await second.next();
  const refused = await request("GET", EVENTS);
  assert.equal(refused.status, 429);
  assert.equal((await refused.json()).maxStreams, 2);
  assert.equal(memory.listeners.size, 2);
  await first.close();
  assert.equal(api.streams(), 1);
  const third = await follow(fixture);
  await third.next();
  const ended = assert.rejects(third.next(), /ended/);
  api.close();
  await ended;
  assert.equal((await request("GET", EVENTS)).status, 503);
  await second.close();
  assert.equal(api.streams(), 0);
  assert.equal(memory.listeners.size, 0);
});

test("a HEAD of a stream opens none", async () => {
  const { request, api } = await apiFixture();
  const response = await request("HEAD", EVENTS);
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  assert.equal(api.streams(), 0);
});

test("a silent stream beats, and moves a filtered follower's place on", async () => {
  const fixture = await apiFixture({ heartbeatMs: 5 });
  const { memory } = fixture;
  const response = await fixture.request("GET", `${EVENTS}?run=77`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  memory.publish([EVENT]);
  const last = memory.events.at(-1)!.id;
  let text = "";
  while (!text.includes(`id: ${last}\n`)) text += (await reader.read()).value;
  assert.match(text, /: still here\n/);
  await reader.cancel();
});
