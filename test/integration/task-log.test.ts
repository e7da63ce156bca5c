import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { peakMemory, readLog } from "../support/observe.ts";
import { served } from "./served.ts";

describe("what a task of a server prints", () => {
  const at = served({ settings: "slots: 4\n" });

  it("may print any bytes: they are readable, and none is lost", async () => {
    const run = await at.ran("binary", {
      tasks: {
        a: {
          run:
            "printf 'a\\000b\\377\\376\\033[31mred\\r\\n'; printf '\\303'; sleep 0.05; printf '\\251\\n'",
        },
        b: { run: "head -c 300000 /dev/urandom" },
      },
    });
    strictEqual(run.state, "succeeded");
    const { text } = await readLog(at.server, run.id, "a");
    strictEqual(text, "a\0b\ufffd\ufffd\u001b[31mred\r\né\n");
    ok((await readLog(at.server, run.id, "b")).text.length > 100_000);
  });

  it("may print 10 MB without a newline: all of it is kept, the server stays small", async () => {
    const run = await at.ran("long-line", {
      tasks: { a: { run: "head -c 10485760 /dev/zero | tr '\\0' x" } },
    });
    strictEqual(run.state, "succeeded");
    const { text, markers } = await readLog(at.server, run.id);
    strictEqual(text.length, 10 * MIB);
    ok(!/[^x]/.test(text));
    deepStrictEqual(markers, []);
    ok(
      await peakMemory(at.server.child.pid!) < 256,
      `${await peakMemory(at.server.child.pid!)} MiB`,
    );
  });

  it("may print 1 GB: bounded by a marker, the server small and answering", async () => {
    await at.server.apply({
      name: "flood",
      tasks: { a: { run: "yes errand | head -c 1073741824; echo done >&2" } },
    });
    const runId = await at.server.run("flood");
    const ended = at.server.ended(runId, 120_000);
    let over = false;
    void ended.finally(() => over = true).catch(() => {});
    let slowestMs = 0;
    let asked = 0;
    while (!over) {
      const from = performance.now();
      strictEqual((await at.server.request("GET", "/healthz")).status, 200);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      asked++;
    }
    strictEqual((await ended).state, "succeeded");
    ok(asked > 1);
    ok(slowestMs < 1000, `/healthz took ${slowestMs} ms`);
    const { markers, text } = await readLog(at.server, runId);
    strictEqual(markers.length, 1);
    match(markers[0]!, /limit|quota|bytes/);
    ok(text.length <= 64 * MIB && text.length > 60 * MIB, `${text.length} are kept`);
    ok(
      await peakMemory(at.server.child.pid!) < 256,
      `${await peakMemory(at.server.child.pid!)} MiB`,
    );
  });
});

const MIB = 1024 * 1024;
