import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Ledger } from "../support/ledger.ts";
import { readLog, untilTask } from "../support/observe.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { NEEDS_ROOT, withWorld, type World } from "../support/world.ts";

const FULL = { skip: NEEDS_ROOT, timeout: 60_000 };

/** FAULTS.md R9. */
describe("R9: a server whose disk is full", () => {
  it(
    "refuses what it cannot keep, says so, and goes on by itself once there is space",
    FULL,
    async () => {
      await withDisk("size=4m", async ({ world, server, fill, free }) => {
        await server.apply({ name: "p", tasks: { a: { run: "true" } } });
        const acked: string[] = [];
        for (let round = 0; round < 5; round++) {
          fill();
          const { refused, runs } = await submitUntilRefused(server);
          acked.push(...runs);
          strictEqual(refused.status, 507, JSON.stringify(refused.body));
          strictEqual(refused.body.code, "full");
          match(refused.body.detail, /no space left .*free/);
          const put = await server.request("PUT", "/v1/namespaces/default/pipelines/q", {
            name: "q",
            description: "x".repeat(200_000),
            tasks: { a: { run: "true" } },
          });
          strictEqual(put.status, 507, JSON.stringify(put.body));
          strictEqual((await server.request("GET", "/healthz")).status, 200);
          strictEqual((await server.request("GET", "/v1/namespaces/default/runs")).status, 200);
          free();
          acked.push(await server.run("p"));
        }
        strictEqual(
          (await server.request("GET", "/v1/namespaces/default/pipelines/q")).status,
          404,
        );
        for (const runId of acked) {
          strictEqual((await server.ended(runId)).state, "succeeded", runId);
        }
        strictEqual(await server.stop(), 0);
        await checkWhole(world);
      });
    },
  );

  it(
    "keeps a run whose task ends meanwhile: its end is noted once there is space",
    FULL,
    async () => {
      await withDisk("size=4m", async ({ world, server, fill, free }) => {
        const ledger = await world.ledger();
        await server.apply({
          name: "long",
          tasks: { a: ledger.task({ waits: true }), b: { ...ledger.task(), needs: ["a"] } },
        });
        await server.apply({ name: "p", tasks: { a: { run: "true" } } });
        const runId = await server.run("long");
        await untilTask(server, runId, { task: "a", state: "running" });
        fill();
        const { runs } = await submitUntilRefused(server);
        await ledger.openGate();
        // the task has ended, as it says itself; the server may have tried to note that by now
        await untilLines(ledger, 2);
        await submitUntilRefused(server);
        free();
        const run = await server.ended(runId, 20_000);
        strictEqual(run.state, "succeeded", JSON.stringify(run));
        for (const id of runs) strictEqual((await server.ended(id, 20_000)).state, "succeeded", id);
        await ledger.checkOnce();
        strictEqual(await server.stop(), 0);
        await checkWhole(world);
      });
    },
  );

  it("says at the start that there is no space, in one sentence", FULL, async () => {
    await withWorld(async (world) => {
      const disk = await world.mount("small", "size=64k,mode=711");
      fillUp(disk);
      const { code, stderr } = await world.errand([
        "serve",
        "--data",
        disk,
        "--listen",
        "127.0.0.1:0",
      ]);
      strictEqual(code, 70, stderr);
      match(stderr, /^errand: no space left [^\n]* free some[^\n]*\n$/);
    });
  });

  it("starts again after it ended on a full disk", FULL, async () => {
    await withDisk("size=4m", async ({ world, server, disk, fill, free }) => {
      await server.apply({ name: "p", tasks: { a: { run: "true" } } });
      fill();
      const { runs } = await submitUntilRefused(server);
      await server.kill();
      free();
      const next = await world.start({ dataDir: disk });
      for (const runId of runs) strictEqual((await next.ended(runId)).state, "succeeded", runId);
      strictEqual((await next.ended(await next.run("p"))).state, "succeeded");
    });
  });
});

describe("R9: a full disk for logs only", () => {
  it("costs log, never state, and shows what is missing", FULL, async () => {
    await withWorld(async (world) => {
      const logs = await world.mount("data/logs", "size=256k,mode=700");
      const gates = await world.mount("gates", "size=64k,mode=777");
      const server = await world.start();
      await server.apply({
        name: "talks",
        tasks: {
          a: {
            run:
              "echo first; yes line | head -c 1000000; : > $G/full; until [ -e $G/on ]; do sleep 0.01; done; echo last",
            env: { G: gates },
          },
          b: { run: "true", needs: ["a"] },
        },
      });
      const runId = await server.run("talks");
      const ended = server.ended(runId);
      const until = performance.now() + 20_000;
      while (!(await readdir(gates)).includes("full")) {
        strictEqual((await server.show(runId)).state, "running");
        ok(performance.now() < until, "the full disk holds up the task");
      }
      const { bavail, bsize } = statfsSync(logs);
      ok(bavail * bsize < 65_536, "there is still room for a whole frame");
      execFileSync("mount", ["-o", "remount,size=512k", logs]);
      closeSync(openSync(join(gates, "on"), "w"));
      const run = await ended;
      strictEqual(run.state, "succeeded", JSON.stringify(run));
      const { text, markers } = await readLog(server, runId, "a");
      match(text, /^first\n(?:line\n)+/);
      match(text, /last\n$/);
      const missing = markers.map((marker) =>
        Number(/^(\d+) bytes are missing here: there was no space left/.exec(marker)?.[1])
      );
      ok(missing.length > 0);
      // every byte is there or accounted for
      const all = "first\n".length + 1_000_000 + "last\n".length;
      strictEqual(text.length + missing.reduce((sum, bytes) => sum + bytes, 0), all);
    });
  });

  it("ends no other run", FULL, async () => {
    await withWorld(async (world) => {
      await world.mount("data/logs", "size=64k,mode=700");
      const server = await world.start();
      await server.apply({ name: "flood", tasks: { a: { run: "yes | head -c 4000000" } } });
      for (let i = 0; i < 3; i++) {
        strictEqual((await server.ended(await server.run("flood"))).state, "succeeded");
      }
    });
  });
});

interface Disk {
  readonly world: World;
  readonly server: ServerProcess;
  readonly disk: string;
  /** Leaves no space. */
  fill(): void;
  /** Gives it back. */
  free(): void;
}

/** A server whose data directory is a small file system. */
async function withDisk(options: string, body: (disk: Disk) => Promise<void>): Promise<void> {
  await withWorld(async (world) => {
    const disk = await world.mount("data", `${options},mode=711`);
    await chmod(disk, 0o711);
    const server = await world.start();
    const file = join(disk, "fill");
    await body({
      world,
      server,
      disk,
      fill: () => fillUp(disk),
      free: () => rmSync(file, { force: true }),
    });
  });
}

/** Fills a file system with one file, to the last block. */
function fillUp(disk: string): void {
  const file = openSync(join(disk, "fill"), "a");
  try {
    for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      try {
        while (writeSync(file, new Uint8Array(bytes)) > 0);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(file);
  }
  strictEqual(statfsSync(disk).bavail, 0);
}

/** Asks for runs until one is refused: what SQLite has room for in its own files is still taken. */
async function submitUntilRefused(server: ServerProcess) {
  const runs: string[] = [];
  for (let i = 0; i < 3_000; i++) {
    const path = "/v1/namespaces/default/pipelines/p/runs";
    const answer = await server.request("POST", path, {});
    if (answer.status !== 202) return { refused: answer, runs };
    runs.push(answer.body.id as string);
  }
  throw new Error("nothing was refused");
}

async function untilLines(ledger: Ledger, count: number): Promise<void> {
  const until = performance.now() + 10_000;
  while ((await ledger.lines()).length < count) {
    if (performance.now() > until) throw new Error("the task did not end");
  }
}

async function checkWhole(world: World): Promise<void> {
  const { openStore } = await import("../../core/store/mod.ts");
  const store = await openStore({ path: join(world.dataDir, "errand.db"), readOnly: true });
  deepStrictEqual(await store.check(), []);
  await store.close();
}
