import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LogFiles } from "./log-files.ts";

const ID = "245150533279744-0-0-1";

function setUp(t: TestContext): { readonly logs: LogFiles; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "errand-logs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const logs = new LogFiles(folder);
  return { logs, path: logs.path(ID) };
}

function frame(text: string, stream = 1, atMs = 1_700_000_000_000.25): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const all = new Uint8Array(13 + bytes.length);
  const view = new DataView(all.buffer);
  view.setUint32(0, 9 + bytes.length, true);
  view.setUint8(4, stream);
  view.setFloat64(5, atMs, true);
  all.set(bytes, 13);
  return all;
}

async function readAll(logs: LogFiles, maxBytes: number) {
  const texts: string[] = [];
  let offset = 0;
  for (;;) {
    const page = await logs.read(ID, { offset, maxBytes });
    if (page.offset === offset) return { texts, offset };
    texts.push(...page.frames.map((f) => new TextDecoder().decode(f.bytes)));
    offset = page.offset;
  }
}

test("a log is read frame by frame from any border on", async (t) => {
  const { logs, path } = setUp(t);
  for (const text of ["one\n", "two\n", "", "three"]) appendFileSync(path, frame(text, 2));
  const first = await logs.read(ID, { offset: 0, maxBytes: 40 });
  assert.deepEqual(first.frames.map((f) => [f.stream, f.atMs, new TextDecoder().decode(f.bytes)]), [
    [2, 1_700_000_000_000.25, "one\n"],
    [2, 1_700_000_000_000.25, "two\n"],
  ]);
  assert.equal(first.offset, 34);
  const rest = await logs.read(ID, { offset: first.offset, maxBytes: 1000 });
  assert.deepEqual(rest.frames.map((f) => f.bytes.length), [0, 5]);
});

test("a page takes at least one frame, however large it is", async (t) => {
  const { logs, path } = setUp(t);
  appendFileSync(path, frame("x".repeat(100_000)));
  appendFileSync(path, frame("y"));
  for (const maxBytes of [1, 3, 5, 14, 99_999, 200_000]) {
    const { texts, offset } = await readAll(logs, maxBytes);
    assert.deepEqual(texts.map((text) => text.length), [100_000, 1]);
    assert.equal(offset, statSync(path).size);
  }
});

test("an attempt without a log has no frames", async (t) => {
  const { logs } = setUp(t);
  assert.deepEqual(await logs.read(ID, { offset: 0, maxBytes: 100 }), { frames: [], offset: 0 });
  await logs.remove([ID]);
});

test("a last frame that is cut anywhere waits for its rest", async (t) => {
  const { logs, path } = setUp(t);
  appendFileSync(path, frame("whole"));
  const cut = frame("cut off");
  for (let length = 1; length < cut.length; length++) {
    truncateSync(path, 18);
    appendFileSync(path, cut.subarray(0, length));
    assert.deepEqual(await readAll(logs, 1000), { texts: ["whole"], offset: 18 });
  }
  appendFileSync(path, cut.subarray(cut.length - 1));
  assert.deepEqual((await readAll(logs, 1000)).texts, ["whole", "cut off"]);
});

test("bytes that are no frame end the log with a marker that says so", async (t) => {
  const { logs, path } = setUp(t);
  appendFileSync(path, frame("good"));
  appendFileSync(path, new Uint8Array(64));
  const { texts, offset } = await readAll(logs, 1000);
  assert.equal(texts[0], "good");
  assert.match(texts[1]!, /damaged from byte 17/);
  assert.equal(offset, statSync(path).size);
});

test("grown resolves when a whole frame is there, not before", async (t) => {
  const { logs, path } = setUp(t);
  const stop = new AbortController();
  const bytes = frame("hello");
  let resolved = false;
  const grown = logs.grown(ID, 0, stop.signal).then(() => resolved = true);
  appendFileSync(path, bytes.subarray(0, 10));
  const other = new AbortController();
  const again = logs.grown(ID, 0, other.signal);
  other.abort();
  await again;
  assert.equal(resolved, false);
  appendFileSync(path, bytes.subarray(10));
  await grown;
  assert.equal((await logs.read(ID, { offset: 0, maxBytes: 100 })).frames.length, 1);
  await logs.grown(ID, 0, stop.signal);
});

test("grown resolves when the signal fires, also one that has fired", async (t) => {
  const { logs } = setUp(t);
  const stop = new AbortController();
  const waiting = logs.grown(ID, 0, stop.signal);
  stop.abort();
  await waiting;
  await logs.grown(ID, 0, stop.signal);
});

test("many followers of many logs each hear of their own", async (t) => {
  const { logs } = setUp(t);
  const stop = new AbortController();
  const ids = Array.from({ length: 50 }, (_, i) => `${245150533279744 + i}-0-0-1`);
  const waiting = ids.map((id) => logs.grown(id, 0, stop.signal));
  for (const id of ids) appendFileSync(logs.path(id), frame("x"));
  await Promise.all(waiting);
});

test("an id that is none, such as a path, is refused", (t) => {
  const { logs } = setUp(t);
  assert.throws(() => logs.path("../../etc/passwd"), { code: "invalid" });
  assert.throws(() => logs.path("1-2-3"), { code: "invalid" });
});
