import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { openStore } from "./store.ts";
import { openJournal, openTestStore, runRows } from "./store-fixture.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "errand-store-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a new store has an installation, the namespace default and the first epoch", async (t) => {
  const { store, path } = await openTestStore(t);
  assert.match(store.installation, /^[a-z0-9]{8}$/);
  assert.deepEqual(await store.namespaces(), ["default"]);
  assert.equal(store.epoch, 1);
  assert.equal(store.lastGroup, 0);
  assert.deepEqual(await store.check(), []);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
});

test("a store that is opened again is the same one, with the next epoch", async (t) => {
  const { store, path, write } = await openTestStore(t);
  await write(runRows(7, { number: 1, state: "queued" }));
  await store.close();
  await store.close();
  const again = await openStore({ path });
  assert.equal(again.installation, store.installation);
  assert.equal(again.epoch, 2);
  assert.equal(again.lastGroup, 1);
  assert.equal(await again.runs.lastId(), 7);
  await again.close();
  assert.ok(!existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0);
});

test("a store is read while another server has it; nothing can be written that way", async (t) => {
  const { path, write } = await openTestStore(t);
  await write(runRows(7, { number: 1, state: "queued" }));
  const reader = await openStore({ path, readOnly: true });
  t.after(() => reader.close());
  assert.equal(await reader.runs.lastId(), 7);
  await write(runRows(8, { number: 2, state: "queued" }));
  assert.equal(await reader.runs.lastId(), 8);
  const fatal: Error[] = [];
  const journal = openJournal(reader, fatal);
  journal.put({ owner: "x", rows: runRows(9, { number: 3, state: "queued" }), events: [] });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.match(fatal[0]!.message, /lease/);
  await assert.rejects(reader.beat(), { code: "denied" });
});

test("reading a database that is not there does not make one", async (t) => {
  const path = join(folder(t), "errand.db");
  await assert.rejects(openStore({ path, readOnly: true }), { code: "not_found" });
  assert.equal(existsSync(path), false);
});

test("a backup is a whole store, taken while work goes on", async (t) => {
  const { store, folder, write } = await openTestStore(t);
  await write(runRows(7, { number: 1, state: "queued" }));
  const copy = join(folder, "copy", "errand.db");
  mkdirSync(join(folder, "copy"));
  const writing = write(runRows(8, { number: 2, state: "queued" }));
  await store.backup(copy);
  await writing;
  const restored = await openStore({ path: copy });
  assert.equal(restored.installation, store.installation);
  assert.ok(await restored.runs.lastId() >= 7);
  assert.deepEqual(await restored.check(), []);
  await restored.close();
  await assert.rejects(store.backup(copy), { code: "conflict" });
});

for (
  const [name, content, error] of [
    ["a text file", "this is not a database, it is a text of some length\n".repeat(100), {
      code: "corrupt",
      message: /is not a database: move that file away/,
    }],
    ["a damaged database", undefined, { code: "corrupt", message: /damaged|not a database/ }],
  ] as const
) {
  test(`${name} in the database's place is refused in one sentence`, async (t) => {
    const path = join(folder(t), "errand.db");
    if (content === undefined) {
      const store = await openStore({ path });
      await store.close();
      const garbage = new Uint8Array(statSync(path).size).fill(0x5a);
      garbage.set(new TextEncoder().encode("SQLite format 3\0"));
      writeFileSync(path, garbage);
    } else writeFileSync(path, content);
    await assert.rejects(openStore({ path }), error);
    // the refusal let go of the directory
    rmSync(path);
    await (await openStore({ path })).close();
  });
}

test("a folder in the database's place, or a file in its folder's, is refused", async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, "errand.db"));
  await assert.rejects(openStore({ path: join(dir, "errand.db") }), /errand\.db/);
  writeFileSync(join(dir, "file"), "");
  await assert.rejects(openStore({ path: join(dir, "file", "errand.db") }), {
    code: "invalid",
    message: /choose another/,
  });
});

const SCRIPT = `
import { openStore } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
try { await openStore({ path: process.argv.at(-1) }); console.log("opened"); }
catch (error) { console.log(error.code, error.message); }
`;

test("a data directory without write permission is refused in one sentence", async (t) => {
  if (process.getuid?.() !== 0) {
    const dir = folder(t);
    chmodSync(dir, 0o500);
    t.after(() => chmodSync(dir, 0o700));
    await assert.rejects(openStore({ path: join(dir, "errand.db") }), {
      code: "denied",
      message: /give this user write permission/,
    });
    return;
  }
  // root may write everywhere: somebody else tries
  const dir = folder(t);
  chmodSync(dir, 0o755);
  const script = join(dir, "open.mjs");
  writeFileSync(script, SCRIPT);
  const locked = join(dir, "locked");
  mkdirSync(locked);
  chownSync(locked, 0, 0);
  chmodSync(locked, 0o755);
  const command = "Deno" in globalThis ? ["run", "-A", "--no-config", script] : [script];
  const child = spawn(process.execPath, [...command, join(locked, "errand.db")], {
    uid: 65534,
    gid: 65534,
    env: { PATH: process.env["PATH"], DENO_DIR: join(dir, "deno"), HOME: dir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout!.on("data", (chunk) => said += chunk);
  child.stderr!.on("data", (chunk) => said += chunk);
  await once(child, "close");
  if (/EACCES.*(node_modules|store\.ts)|Permission denied.*store\.ts/.test(said)) {
    return t.skip(`another user cannot read the sources here: ${said.slice(0, 200)}`);
  }
  assert.match(said, /^denied cannot open \S+ for writing: give this user write permission/);
});
