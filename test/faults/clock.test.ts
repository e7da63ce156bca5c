import { match, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { untilTask } from "../support/observe.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { withWorld, type World } from "../support/world.ts";

const LIBRARY = findLibrary();
const skip = LIBRARY === undefined && "needs libfaketime (Debian: faketime)";

/** FAULTS.md R12: the wall clock jumps, monotonic time does not. */
describe("R12: a server whose clock jumps", () => {
  for (const jump of ["+3600", "-3600", "+400000000"]) {
    it(`by ${jump} s fires no limit early and none too late, and goes on`, { skip }, async () => {
      await withClock(async ({ world, server, setClock }) => {
        const ledger = await world.ledger();
        await server.apply({
          name: "long",
          timeout: "10m",
          tasks: {
            a: {
              ...ledger.task({ waits: true }),
              timeout: { run: "5m", queue: "5m", start: "5m" },
            },
            b: { run: "exit 1", retry: { attempts: 2, delay: "500ms" }, allowFailure: true },
          },
        });
        await server.apply({
          name: "short",
          tasks: { a: { run: "exec sleep 600", timeout: "300ms", grace: "100ms" } },
        });
        const runId = await server.run("long");
        await untilTask(server, runId, { task: "a", state: "running" });
        await setClock(jump);
        // a run with a limit of its own is the clock of this test: it ends when its time is over
        const shortId = await server.run("short");
        ok(Number(shortId) > Number(runId), `${shortId} after ${runId}`);
        const from = performance.now();
        const short = await server.ended(shortId);
        strictEqual(short.tasks[0].state, "timed_out", JSON.stringify(short));
        ok(performance.now() - from < 5_000);
        const long = await server.show(runId);
        strictEqual(long.tasks[0].state, "running", JSON.stringify(long));
        await ledger.openGate();
        strictEqual((await server.ended(runId)).state, "succeeded");
      });
    });
  }

  it(
    "to and fro at every moment gives every run an id of its own, in order",
    { skip },
    async () => {
      await withClock(async ({ server, setClock }) => {
        await server.apply({ name: "p", tasks: { a: { run: "true" } } });
        const ids: string[] = [];
        for (let i = 0; i < 12; i++) {
          await setClock(i % 2 === 0 ? "-10" : "+10");
          ids.push(await server.run("p"));
        }
        for (const runId of ids) strictEqual((await server.ended(runId)).state, "succeeded");
        ids.reduce((before, id) => {
          ok(Number(id) > Number(before), `${id} after ${before}`);
          return id;
        });
      });
    },
  );

  it("back while it is down overwrites nothing", { skip }, async () => {
    await withClock(async ({ world, server, setClock, env }) => {
      const ledger = await world.ledger();
      await server.apply({ name: "p", tasks: { a: { run: "true" } } });
      await server.apply({
        name: "long",
        tasks: { a: { ...ledger.task({ waits: true }), timeout: "5m" } },
      });
      const before = await server.run("p");
      await server.ended(before);
      const long = await server.run("long");
      await untilTask(server, long, { task: "a", state: "running" });
      await server.stop();
      await setClock("-86400");
      const next = await world.start({ env });
      const after = await next.run("p");
      ok(Number(after) > Number(long));
      strictEqual((await next.ended(after)).state, "succeeded");
      strictEqual((await next.show(long)).tasks[0].state, "running");
      await ledger.openGate();
      strictEqual((await next.ended(long)).state, "succeeded");
      strictEqual((await next.show(before)).state, "succeeded");
    });
  });
});

interface Clock {
  readonly world: World;
  readonly server: ServerProcess;
  readonly env: Record<string, string>;
  /** Seconds from the true time, with their sign. */
  setClock(seconds: string): Promise<void>;
}

async function withClock(body: (clock: Clock) => Promise<void>): Promise<void> {
  await withWorld(async (world) => {
    const file = join(world.folder, "clock");
    let changes = 0;
    const setClock = async (seconds: string) => {
      await writeFile(file, seconds);
      await utimes(file, ++changes, changes); // it looks at the time of the file
    };
    await setClock("+0");
    const env = {
      LD_PRELOAD: LIBRARY!,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const server = await world.start({ env });
    match((await server.request("GET", "/v1/version")).body.version, /^\d/);
    await body({ world, server, env, setClock });
  });
}

function findLibrary(): string | undefined {
  for (
    const folder of ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime"]
  ) {
    try {
      const name = readdirSync(folder).find((it) => it.startsWith("libfaketimeMT.so"));
      if (name) return join(folder, name);
    } catch {
      // not installed there
    }
  }
  return undefined;
}
