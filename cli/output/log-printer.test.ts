import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LogEvent } from "../../protocol/http/client/mod.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { log } from "../testing/runs.ts";
import { LogPrinter } from "./log-printer.ts";

function printed(
  events: readonly LogEvent[],
  options: { readonly prefixed?: boolean; readonly terminal?: boolean } = {},
): string {
  const { context, out } = memoryProcess({ terminal: options.terminal ?? false });
  const printer = new LogPrinter(context.process, { prefixed: options.prefixed ?? false });
  for (const event of events) printer.print(event);
  printer.end();
  return out();
}

test("one stream comes out exactly as it was written, however it was cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\0", "é") })),
      (pieces) => {
        assert.equal(printed(pieces.map((text) => log("t", text))), pieces.join(""));
      },
    ),
  );
});

test("two streams come out line by line, none inside a line of the other", () => {
  const piece = fc.tuple(
    fc.constantFrom("out", "err"),
    fc.string({ unit: fc.constantFrom("a", "b", "\n") }),
  );
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    const text = printed(
      pieces.map(([stream, text]) =>
        log("t", text.replaceAll(/[ab]/g, (c) => stream === "out" ? c : c.toUpperCase()), {
          stream: stream as "out",
        })
      ),
    );
    for (const line of text.split("\n")) assert.match(line, /^(?:[ab]*|[AB]*)$/);
    assert.equal(
      text.replaceAll("\n", "").length,
      pieces.map(([, text]) => text.replaceAll("\n", "")).join("").length,
    );
  }));
});

test("lines of several tasks begin with their task's name", () => {
  const events = [log("a", "one\ntwo"), log("b", "three\n"), log("a", "\n\n")];
  assert.equal(printed(events, { prefixed: true }), "a | one\nb | three\na | two\na | \n");
});

test("10 MB without a newline pass, and are not held in memory", () => {
  const piece = "x".repeat(100_000);
  const text = printed(Array.from({ length: 100 }, () => log("t", piece)));
  assert.equal(text.length, 10_000_000);
});

test("a line of one task is broken only by another's when it is too long to hold", () => {
  const events = [log("a", "x".repeat(70_000)), log("b", "y\n"), log("a", "x\n")];
  assert.equal(printed(events), `${"x".repeat(70_000)}\ny\nx\n`);
});

test("a last line without an end gets one on a terminal only", () => {
  assert.equal(printed([log("t", "end")]), "end");
  assert.equal(printed([log("t", "end")], { terminal: true }), "end\n");
});

test("the server's own messages go to stderr", () => {
  const { context, out, err } = memoryProcess();
  const printer = new LogPrinter(context.process, { prefixed: false });
  printer.print(log("t", "the log is full", { stream: "marker" }));
  assert.deepEqual([out(), err()], ["", "errand: t: the log is full\n"]);
});
