import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventStreamParser, type ServerSentEvent } from "./event-stream.ts";

const STREAM = ": hello\n\nid: 1\nevent: run\ndata: {}\n\ndata:a\r\ndata: b\r\n\r\n" +
  "id: 2\rdata\r\r: beat\nid: 3\n\nevent: lost without data\n\nretry: 5\ndata: x:y\n\ndata: cut off";
const EVENTS: readonly ServerSentEvent[] = [
  { id: "1", event: "run", data: "{}" },
  { id: "1", event: "message", data: "a\nb" },
  { id: "2", event: "message", data: "" },
  { id: "3", event: "message", data: "x:y" },
];

test("fields, comments, line ends and ids are read as the standard says", () => {
  assert.deepEqual(new EventStreamParser().push(STREAM), EVENTS);
});

test("where the pieces are cut makes no difference", () => {
  fc.assert(fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 30 }), (cuts) => {
    const parser = new EventStreamParser();
    const events: ServerSentEvent[] = [];
    let from = 0;
    for (const cut of [...cuts.sort((a, b) => a - b), STREAM.length]) {
      events.push(...parser.push(STREAM.slice(from, cut)));
      from = cut;
    }
    assert.deepEqual(events, EVENTS);
  }));
});

test("an event without end is refused", () => {
  const parser = new EventStreamParser();
  assert.throws(() => {
    for (let i = 0; i < 20; i++) parser.push("x".repeat(1024 * 1024));
  }, { code: "too_large" });
});

test("many small pieces of one long line cost no more than one", () => {
  const parser = new EventStreamParser();
  const line = "y".repeat(64);
  parser.push("data: ");
  for (let i = 0; i < 20_000; i++) parser.push(line);
  const [event] = parser.push("\n\n");
  assert.equal(event?.data.length, 64 * 20_000);
});
