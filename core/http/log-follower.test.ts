import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  EventStreamParser,
  type ServerSentEvent,
} from "../../protocol/http/client/event-stream.ts";
import type { LogEvent } from "../../protocol/http/mod.ts";
import { type ApiFixture, apiFixture } from "../../test/support/api-fixture.ts";
import { attempt } from "../../test/support/memory-ports.ts";
import type { Run } from "../run/mod.ts";
import { LogCursor } from "./log-cursor.ts";
import { splitUtf8 } from "./utf8-carry.ts";

const RUNS = "/v1/namespaces/default/runs";

async function submitted({ request, memory }: ApiFixture): Promise<Run> {
  const response = await request("POST", "/v1/namespaces/default/pipelines/two/runs");
  return memory.runs.get(Number((await response.json()).id))!;
}

/** Task `index` with one attempt that runs, or has ended. */
function started({ memory }: ApiFixture, run: Run, index: number): Run {
  return memory.putTask(memory.runs.get(run.id)!, index, {
    state: "running",
    attempts: [attempt(1, { startingAtMs: 10 + index })],
  });
}

function ended({ memory }: ApiFixture, run: Run, index: number): Run {
  return memory.putTask(memory.runs.get(run.id)!, index, {
    state: "succeeded",
    attempts: [attempt(1, { startingAtMs: 10 + index, finishedAtMs: 99 })],
  });
}

function over({ memory }: ApiFixture, run: Run): Run {
  return memory.put({ ...memory.runs.get(run.id)!, state: "succeeded", finishedAtMs: 100 });
}

async function* read(response: Response): AsyncGenerator<ServerSentEvent> {
  assert.equal(response.status, 200);
  const parser = new EventStreamParser();
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    yield* parser.push(text);
  }
}

const textOf = ({ data }: ServerSentEvent) => (JSON.parse(data) as LogEvent).text;

test("a page of an ended run: attempts one after the other, markers shown, control hidden", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  ended(fixture, run, 1);
  ended(fixture, run, 0);
  over(fixture, run);
  memory.appendLog(`${run.id}-0-0-1`, 1, "one\n");
  memory.appendLog(`${run.id}-1-0-1`, 1, "two\n");
  memory.appendLog(`${run.id}-0-0-1`, 4, "cursor");
  memory.appendLog(`${run.id}-0-0-1`, 2, "bad\n");
  memory.appendLog(`${run.id}-0-0-1`, 3, "quota reached");
  const page = await (await request("GET", `${RUNS}/two/logs`)).json();
  assert.deepEqual(
    page.items.map(({ task, attempt, stream, text }: LogEvent) => [task, attempt, stream, text]),
    [
      ["a", 1, "out", "one\n"],
      ["a", 1, "err", "bad\n"],
      ["a", 1, "marker", "quota reached"],
      ["b", 1, "out", "two\n"],
    ],
  );
  assert.equal(page.end, true);
  const next = await (await request("GET", `${RUNS}/two/logs?cursor=${page.cursor}`)).json();
  assert.deepEqual(next, { items: [], cursor: page.cursor, end: true });
});

test("a running run's page ends where the log does, and its cursor goes on", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  started(fixture, run, 0);
  memory.appendLog(`${run.id}-0-0-1`, 1, "one");
  const first = await (await request("GET", `${RUNS}/two/logs`)).json();
  assert.equal(first.end, false);
  memory.appendLog(`${run.id}-0-0-1`, 1, "two");
  const second = await (await request("GET", `${RUNS}/two/logs?cursor=${first.cursor}`)).json();
  assert.deepEqual(second.items.map(({ text }: LogEvent) => text), ["two"]);
});

test("following waits for text, for tasks that start later, and ends with the run", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  const events = read(await request("GET", `${RUNS}/two/logs?follow=true`));
  started(fixture, run, 0);
  memory.appendLog(`${run.id}-0-0-1`, 1, "one");
  assert.equal(textOf((await events.next()).value), "one");
  started(fixture, run, 1);
  memory.appendLog(`${run.id}-1-0-1`, 1, "two");
  assert.equal(textOf((await events.next()).value), "two");
  memory.appendLog(`${run.id}-0-0-1`, 1, "three");
  assert.equal(textOf((await events.next()).value), "three");
  ended(fixture, run, 0);
  ended(fixture, run, 1);
  memory.appendLog(`${run.id}-1-0-1`, 1, "late");
  over(fixture, run);
  assert.equal(textOf((await events.next()).value), "late");
  assert.equal((await events.next()).value.event, "end");
  assert.ok((await events.next()).done);
  assert.equal(memory.waiting(`${run.id}-0-0-1`), 0);
  assert.equal(memory.listeners.size, 0);
});

test("following one task ends with the task, one attempt with the attempt", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  memory.putTask(run, 0, {
    state: "waiting",
    attempts: [attempt(1, { finishedAtMs: 9, state: "failed" })],
  });
  memory.appendLog(`${run.id}-0-0-1`, 1, "first");
  const one = read(await request("GET", `${RUNS}/two/logs?task=a&attempt=1&follow=true`));
  assert.equal(textOf((await one.next()).value), "first");
  assert.equal((await one.next()).value.event, "end");
  const all = read(await request("GET", `${RUNS}/two/logs?task=a&follow=true`));
  assert.equal(textOf((await all.next()).value), "first");
  memory.appendLog(`${run.id}-0-0-2`, 1, "second");
  memory.putTask(memory.runs.get(run.id)!, 0, {
    state: "succeeded",
    attempts: [attempt(1, { finishedAtMs: 9 }), attempt(2, { finishedAtMs: 10 })],
  });
  assert.equal(textOf((await all.next()).value), "second");
  assert.equal((await all.next()).value.event, "end");
  const last = await (await request("GET", `${RUNS}/two/logs?task=a&attempt=2`)).json();
  assert.deepEqual(last.items.map(({ text }: LogEvent) => text), ["second"]);
  assert.equal(last.end, true);
});

test("a follower that goes away leaves nothing behind", async () => {
  const fixture = await apiFixture();
  const { memory, request, api } = fixture;
  const run = await submitted(fixture);
  started(fixture, run, 0);
  memory.appendLog(`${run.id}-0-0-1`, 1, "one");
  const response = await request("GET", `${RUNS}/two/logs?follow=true`);
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(api.streams(), 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(memory.waiting(`${run.id}-0-0-1`), 0);
  assert.equal(memory.listeners.size, 0);
});

test("every cursor goes on exactly behind its event, also inside a character", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  ended(fixture, run, 0);
  ended(fixture, run, 1);
  over(fixture, run);
  const bytes = new TextEncoder().encode("grüße, 世界 🎉!");
  for (const byte of bytes) memory.appendLog(`${run.id}-0-0-1`, 1, Uint8Array.of(byte));
  memory.appendLog(`${run.id}-1-0-1`, 2, Uint8Array.of(0xff, 0x41, 0xe2, 0x82));
  const all: ServerSentEvent[] = [];
  const stream = await request("GET", `${RUNS}/two/logs`, {
    headers: { accept: "text/event-stream" },
  });
  for await (const event of read(stream)) all.push(event);
  assert.equal(all.pop()!.event, "end");
  const text = all.map(textOf).join("");
  assert.equal(text, "grüße, 世界 🎉!\ufffdA\ufffd");
  for (const [i, { id }] of all.entries()) {
    const rest = await (await request("GET", `${RUNS}/two/logs`, {
      headers: { "last-event-id": id },
    })).json();
    const wanted = all.slice(i + 1).map(textOf).join("");
    assert.equal(rest.items.map(({ text }: LogEvent) => text).join(""), wanted, id);
  }
});

test("the logs of a run whose task rows are missing are not found", async () => {
  const fixture = await apiFixture();
  const { memory, request } = fixture;
  const run = await submitted(fixture);
  memory.put({ ...run, tasks: run.tasks.slice(0, 1) });
  for (const query of ["", "?task=b", "?task=a"]) {
    const response = await request("GET", `${RUNS}/two/logs${query}`);
    assert.equal(response.status, 404, query);
    assert.equal((await response.json()).code, "not_found");
  }
});

test("a task that is not there is an error that names the nearest, a bad cursor one that says so", async () => {
  const fixture = await apiFixture();
  await submitted(fixture);
  const cases: readonly [string, number, RegExp][] = [
    ["?task=c", 404, /no task c/],
    ["?attempt=1", 400, /say which/],
    ["?cursor=nonsense", 400, /no cursor/],
    ["?cursor=0-999999:1", 400, /no cursor/],
  ];
  for (const [query, status, message] of cases) {
    const response = await fixture.request("GET", `${RUNS}/two/logs${query}`);
    assert.equal(response.status, status, query);
    assert.match((await response.json()).detail, message);
  }
});

test("a cursor's text reads back as the same cursor", () => {
  const place = fc.record({
    task: fc.nat(300),
    done: fc.nat(5),
    offset: fc.nat(2 ** 40),
    carry: fc.constantFrom<Record<number, string>>({}, { 1: "e282" }, { 1: "c3", 2: "f09f8e" }),
  });
  fc.assert(fc.property(fc.uniqueArray(place, { selector: ({ task }) => task }), (places) => {
    const cursor = new LogCursor();
    for (const { task, ...rest } of places) cursor.set(task, rest);
    const again = LogCursor.parse(String(cursor));
    for (const { task, ...rest } of places) assert.deepEqual(again.get(task), rest);
    assert.equal(String(again), String(cursor));
  }));
  const ended = new LogCursor();
  for (let task = 0; task < 1_000; task++) ended.set(task, { done: 1, offset: 0, carry: {} });
  assert.equal(String(ended), "0-999:1");
});

test("text that is cut anywhere reads the same, whatever its bytes", () => {
  const whole = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, at) => {
    const bytes = new TextEncoder().encode(text);
    const cut = bytes.length === 0 ? 0 : at % (bytes.length + 1);
    const first = splitUtf8(bytes.subarray(0, cut));
    const second = Buffer.concat([first.rest, bytes.subarray(cut)]);
    assert.equal(whole(first.whole) + whole(second), whole(bytes));
    assert.ok(first.rest.length <= 3);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
    const { whole, rest } = splitUtf8(bytes);
    assert.ok(rest.length <= 3);
    assert.deepEqual(Buffer.concat([whole, rest]), Buffer.from(bytes));
  }));
});
