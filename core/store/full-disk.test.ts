import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import type { JournalRow } from "../kernel/journal.ts";
import { openStore } from "./store.ts";
import { openJournal, runRows } from "./store-fixture.ts";

/** A file system of so many bytes; undefined where none can be had, and the test is skipped. */
function smallDisk(t: TestContext, bytes: number): string | undefined {
  if (process.getuid?.() !== 0) {
    t.skip("only root can mount a small file system");
    return undefined;
  }
  const path = mkdtempSync(join(tmpdir(), "errand-disk-"));
  try {
    runTool("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path);
  } catch (error) {
    rmSync(path, { recursive: true });
    t.skip(`no small file system can be mounted here: ${String(error).slice(0, 200)}`);
    return undefined;
  }
  t.after(() => {
    runTool("umount", "--lazy", path);
    rmSync(path, { recursive: true });
  });
  return path;
}

function runTool(tool: string, ...args: readonly string[]): void {
  execFileSync(tool, args, { stdio: "pipe" });
}

/** Fills a file system to the last block. */
function fill(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  writeFileSync(join(path, "filler"), new Uint8Array(Number(bavail) * Number(bsize)));
}

test("on a full disk writes are refused, reads go on, and with space all goes on by itself", async (t) => {
  const disk = smallDisk(t, 2 * 1024 * 1024);
  if (disk === undefined) return;
  const store = await openStore({ path: join(disk, "errand.db") });
  t.after(() => store.close());
  const fatal: Error[] = [];
  const journal = openJournal(store, fatal);
  let id = 0;
  const write = (rows: readonly JournalRow[]): Promise<"durable" | Error> =>
    new Promise((resolve) =>
      journal.put({
        owner: String(++id),
        rows,
        events: [],
        durable: () => resolve("durable"),
        refused: resolve,
      })
    );
  const big = (key: string): JournalRow => ({
    table: "kv",
    key,
    cells: ["i", key, "x".repeat(50_000), 1],
  });
  const durable: number[] = [];
  const submit = async (number: number) => {
    const outcome = await write([
      ...runRows(number, { number, state: "queued" }),
      big(`${number}`),
    ]);
    if (outcome === "durable") durable.push(number);
    return outcome;
  };
  assert.equal(await submit(1), "durable");

  for (let round = 0; round < 5; round++) {
    fill(disk);
    let refused = 0;
    for (let i = 0; i < 20; i++) {
      const outcome = await submit(100 * (round + 1) + i);
      if (outcome === "durable") continue;
      refused++;
      assert.ok(outcome instanceof ErrandError, String(outcome));
      assert.equal(outcome.code, "full");
      assert.match(outcome.message, /no space left .* free some/);
    }
    assert.ok(refused > 0, "the disk was full");
    assert.deepEqual(fatal, []);
    const runs = await store.runs.unfinished(-1, 1000);
    assert.deepEqual(runs.map(({ run }) => run[0]), durable, "what was durable, and nothing else");
    rmSync(join(disk, "filler"));
    // what this needs was given back: the old values, too
    for (const number of durable) {
      await write([{ table: "kv", key: `${number}`, cells: ["i", `${number}`], remove: true }]);
    }
    assert.equal(await submit(100 * (round + 1) + 50), "durable");
    assert.deepEqual(await store.check(), []);
  }
  assert.deepEqual(fatal, []);
});

test("a store that cannot be made for lack of space says so, and leaves no lock", async (t) => {
  const disk = smallDisk(t, 256 * 1024);
  if (disk === undefined) return;
  const dir = join(disk, "data");
  mkdirSync(dir);
  const path = join(dir, "errand.db");
  fill(disk);
  await assert.rejects(openStore({ path }), { code: "full", message: /no space left/ });
  rmSync(join(disk, "filler"));
  rmSync(path, { force: true });
});
