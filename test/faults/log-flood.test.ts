import { match, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogEvent } from "../../protocol/http/client/mod.ts";
import { peakMemory, readLog, untilLog } from "../support/observe.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { withWorld } from "../support/world.ts";

/** FAULTS.md R16, shortened: it lasts as long as the other run does. */
describe("R16: a task that floods its log", () => {
  it("holds up no other run's log, and the server stays small", async () => {
    await withWorld(async (world) => {
      const server = await world.start();
      await server.apply({
        name: "flood",
        tasks: {
          a: { run: "echo begins; exec cat /dev/urandom" },
          b: { run: "exec yes", needs: [] },
        },
      });
      await server.apply({
        name: "quiet",
        tasks: {
          a: { run: "i=0; while [ $i -lt 100 ]; do echo line $i; sleep 0.02; i=$((i+1)); done" },
        },
      });
      const flood = await server.run("flood");
      await untilLog(server, flood, { task: "a", text: "begins" });
      // somebody follows the flood, as fast as it can
      const watching = new AbortController();
      const watched = countBytes(server, flood, watching.signal);
      const quiet = await server.run("quiet");
      const [slowestMs, lines] = await latencies(server, quiet);
      strictEqual((await server.ended(quiet)).state, "succeeded");
      watching.abort();
      strictEqual(lines, 100);
      ok(slowestMs < 1_000, `a line took ${slowestMs} ms`);
      ok(await watched > 0);
      await server.request("POST", `/v1/namespaces/default/runs/${flood}/cancel`, { force: true });
      const run = await server.ended(flood);
      strictEqual(run.state, "cancelled");
      ok(await peakMemory(server.child.pid!) < 256, `${await peakMemory(server.child.pid!)} MiB`);
      const { markers } = await readLog(server, flood, "b");
      strictEqual(markers.length, 1);
      match(markers[0]!, /limit of \d+ bytes/);
    }, { settings: "slots: 4\nmaxLogBytes: 8MiB\n" });
  });
});

/** How long the slowest line took from the task to its follower, and how many came. */
async function latencies(server: ServerProcess, runId: string): Promise<readonly [number, number]> {
  let slowestMs = 0;
  let lines = 0;
  const path = `/v1/namespaces/default/runs/${runId}/logs?follow=true`;
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${server.token}` },
    signal: AbortSignal.timeout(30_000),
  });
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const nowMs = Date.now();
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      if (!/^event: ?log$/m.test(block)) continue;
      const { at, text } = JSON.parse(/^data: ?(.*)$/m.exec(block)![1]!) as LogEvent;
      slowestMs = Math.max(slowestMs, nowMs - Date.parse(at));
      lines += text.split("\n").length - 1;
    }
  }
  return [slowestMs, lines];
}

async function countBytes(
  server: ServerProcess,
  runId: string,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  try {
    const path = `/v1/namespaces/default/runs/${runId}/logs?follow=true`;
    const headers = { authorization: `Bearer ${server.token}` };
    const response = await fetch(server.url + path, { headers, signal });
    for await (const chunk of response.body!) bytes += chunk.length;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return bytes;
}
