import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { lockDirectory } from "./lock.ts";
import { openStore } from "./store.ts";

const SCRIPT = new URL("./held-store.ts", import.meta.url).pathname;
/** The same runtime as the test's. */
const COMMAND = "Deno" in globalThis ? ["run", "-A", SCRIPT] : [SCRIPT];

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "errand-lock-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Another server: resolves once it has the data directory. */
async function holder(t: TestContext, path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...COMMAND, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => void child.kill("SIGKILL"));
  const [first] = await once(child.stdout!, "data");
  assert.match(String(first), /^held 1/);
  return child;
}

test("a second server on the data directory is refused at once and told which process has it", async (t) => {
  const path = join(folder(t), "errand.db");
  const child = await holder(t, path);
  await assert.rejects(openStore({ path }), {
    code: "conflict",
    message: new RegExp(
      `another server \\(process ${child.pid}\\) uses the data directory .*--data`,
    ),
  });
});

test("a server that was killed has nothing any more, and what it holds open is no hindrance", async (t) => {
  const path = join(folder(t), "errand.db");
  const child = await holder(t, path);
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  const store = await openStore({ path });
  assert.equal(store.epoch, 2);
  await store.close();
});

test("a lock is refused within one process too, and free once released", async (t) => {
  const dir = folder(t);
  const lock = await lockDirectory(dir);
  for (let i = 0; i < 3; i++) await assert.rejects(lockDirectory(dir), { code: "conflict" });
  await lock.release();
  await lock.release();
  const again = await lockDirectory(dir);
  await assert.rejects(lockDirectory(dir), { code: "conflict" });
  await again.release();
});

test("of many that ask at once one gets it", async (t) => {
  const dir = folder(t);
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(dir)));
  const got = asked.filter((one) => one.status === "fulfilled");
  assert.equal(got.length, 1);
  await got[0]!.value.release();
});

test("the lock is for its owner's eyes only", async (t) => {
  const dir = folder(t);
  const lock = await lockDirectory(dir);
  assert.equal(statSync(join(dir, "lock")).mode & 0o777, 0o600);
  await lock.release();
});
