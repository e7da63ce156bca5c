import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore, type Store } from "../../core/store/mod.ts";
import { Random } from "../simulation/random.ts";
import { withWorld, World } from "../support/world.ts";

/** FAULTS.md R11, shortened: what a crash may leave of the last writes. */
describe("R11: a database whose last writes are torn", () => {
  let world: World;
  let database: Uint8Array;
  let wal: Uint8Array;
  /** In the order in which they were acknowledged. */
  const acked: string[] = [];
  before(async () => {
    world = await World.open();
    const server = await world.start();
    await server.apply({ name: "p", tasks: { a: { run: "true" } } });
    for (let i = 0; i < 12; i++) acked.push(await server.run("p"));
    for (const runId of acked) await server.ended(runId);
    await server.kill();
    database = await readFile(join(world.dataDir, "errand.db"));
    wal = await readFile(join(world.dataDir, "errand.db-wal"));
    ok(wal.length > 100_000, `${wal.length} bytes`);
    // the launcher goes with a server that ends in order
    await (await world.start()).stop();
  });
  after(() => world.close());

  const seed = Number(process.env["ERRAND_CRASH_SEED"] ?? Date.now() % 1_000_000);
  it(`opens with a prefix of what was written, wherever the log is cut (seed ${seed})`, async () => {
    const random = new Random(seed);
    const cuts = [0, 1, 31, 32, 33, wal.length - 1, wal.length];
    for (let i = 0; i < 20; i++) cuts.push(random.int(wal.length));
    const seen: number[] = [];
    for (const cut of cuts.sort((a, b) => a - b)) {
      seen.push(await readBack(`cut at ${cut}`, wal.subarray(0, cut)));
    }
    deepStrictEqual(seen, [...seen].sort((a, b) => a - b), "a longer log has more in it");
    strictEqual(seen.at(-1), acked.length);
  });

  it(`opens with a prefix of what was written, whichever bit of the log flips (seed ${seed})`, async () => {
    const random = new Random(seed + 1);
    for (let i = 0; i < 10; i++) {
      const bytes = Uint8Array.from(wal);
      const at = random.int(bytes.length);
      bytes[at]! ^= 1 << random.int(8);
      await readBack(`bit flipped at ${at}`, bytes);
    }
  });

  it("is served again: what is there is whole, and new runs come after it", async () => {
    const dataDir = join(world.folder, "served");
    await mkdir(dataDir);
    await putBack(dataDir, wal.subarray(0, Math.floor(wal.length * 0.7)));
    const server = await world.start({ dataDir });
    const { body } = await server.request("GET", "/v1/namespaces/default/runs");
    const found: string[] = body.items.map(({ id }: { readonly id: string }) => id).reverse();
    ok(found.length > 0 && found.length < acked.length, String(found.length));
    for (const runId of found) ok(isOver((await server.ended(runId)).state), runId);
    const next = await server.run("p");
    ok(Number(next) > Number(acked.at(-1)));
    strictEqual((await server.ended(next)).state, "succeeded");
    await server.stop();
  });

  async function putBack(folder: string, log: Uint8Array): Promise<void> {
    await rm(join(folder, "errand.db-shm"), { force: true });
    await writeFile(join(folder, "errand.db"), database);
    await writeFile(join(folder, "errand.db-wal"), log);
  }

  /** Opens the database with this log; answers how many runs are there. */
  async function readBack(what: string, log: Uint8Array): Promise<number> {
    // a new one each time: the driver keeps what it knows of a file that it had open
    const folder = await mkdtemp(join(world.folder, "copy-"));
    const path = join(folder, "errand.db");
    await putBack(folder, log);
    let store: Store;
    try {
      store = await openStore({ path, readOnly: true });
    } catch (error) {
      match(String(error), /errand\.db/, what);
      return 0;
    }
    try {
      deepStrictEqual(await store.check(), [], what);
      const rows = await store.runs.list({ namespace: "default", before: Infinity, limit: 100 });
      const ids = rows.map((row) => String(row[0])).reverse();
      deepStrictEqual(ids, acked.slice(0, ids.length), what);
      return ids.length;
    } finally {
      await store.close();
    }
  }
});

describe("R11: a database that is damaged", () => {
  it("is refused with a sentence, and left as it is", async () => {
    await withWorld(async (world) => {
      const server = await world.start();
      await server.apply({ name: "p", tasks: { a: { run: "true" } } });
      await server.ended(await server.run("p"));
      await server.stop();
      const path = join(world.dataDir, "errand.db");
      const whole = await readFile(path);
      const damages: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
        ["the head is gone", (bytes) => bytes.fill(0, 0, 100)],
        ["it ends in the middle", (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))],
        ["a page of the schema is noise", (bytes) => bytes.fill(0xa5, 100, 4096)],
      ];
      for (const [what, damage] of damages) {
        const damaged = damage(Uint8Array.from(whole));
        await writeFile(path, damaged);
        const args = ["serve", "--data", world.dataDir, "--listen", "127.0.0.1:0"];
        const { code, stderr } = await world.errand(args);
        strictEqual(code, 70, `${what}: ${stderr}`);
        match(
          stderr,
          /^errand: [^\n]*errand\.db[^\n]*(?:is not a database|damaged)[^\n]*\n$/,
          what,
        );
        deepStrictEqual(await readFile(path), Buffer.from(damaged), what);
      }
      await writeFile(path, whole);
      const again = await world.start();
      strictEqual((await again.request("GET", "/v1/namespaces/default/runs")).body.items.length, 1);
    });
  });
});

function isOver(state: string): boolean {
  return state !== "queued" && state !== "running";
}
