import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { NEEDS_ROOT, withWorld, World } from "../support/world.ts";

describe("a server that cannot start says one sentence that says what to do", () => {
  it("when its port is in use", async () => {
    await withWorld(async (world) => {
      const other = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => other.once("listening", resolve));
      const { port } = other.address() as { readonly port: number };
      const result = await world.errand([
        "serve",
        "--data",
        world.dataDir,
        "--listen",
        `127.0.0.1:${port}`,
      ]);
      other.close();
      checkSentence(result, 4, /127\.0\.0\.1:\d+ is in use: .*--listen/);
    });
  });

  it("when its data directory is on a read-only file system", { skip: NEEDS_ROOT }, async () => {
    await withWorld(async (world) => {
      const path = await world.mount("ro", "ro,size=64k");
      checkSentence(
        await world.errand(["serve", "--data", path]),
        4,
        /ro cannot be (?:written|opened)|ro .*read-only/,
      );
      checkSentence(await world.errand(["serve", "--data", join(path, "sub")]), 4, /ro/);
    });
  });

  it("when another user owns its data directory", { skip: NEEDS_ROOT }, async () => {
    await withWorld(async (world) => {
      await chmod(world.dataDir, 0o700);
      const through = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"];
      const env = { HOME: world.folder, DENO_DIR: join(world.folder, "deno") };
      const result = await world.errand(["serve", "--data", world.dataDir], { through, env });
      checkSentence(result, 4, /data .*cannot be written .*(?:owner|--data)|cannot read .*data/);
    });
  });

  it("when its data directory is a file", async () => {
    await withWorld(async (world) => {
      const path = await world.file("taken", "");
      checkSentence(
        await world.errand(["serve", "--data", path]),
        2,
        /taken is not a directory: .*--data/,
      );
    });
  });

  it("when its database is from a newer version, which stays as it is", async () => {
    await withWorld(async (world) => {
      await (await world.start()).stop();
      await sql(world, "update setting set value = '9999' where name = 'schema_version'");
      const bytes = await readFile(join(world.dataDir, "errand.db"));
      const result = await world.errand([
        "serve",
        "--data",
        world.dataDir,
        "--listen",
        "127.0.0.1:0",
      ]);
      checkSentence(result, 4, /has schema version 9999 .*install the newer version/);
      deepStrictEqual(await readFile(join(world.dataDir, "errand.db")), bytes);
    });
  });

  it("when its database is that of another program, or none", async () => {
    await withWorld(async (world) => {
      const path = join(world.dataDir, "errand.db");
      await writeFile(path, "this is no database, ".repeat(1000));
      const args = ["serve", "--data", world.dataDir, "--listen", "127.0.0.1:0"];
      checkSentence(await world.errand(args), 70, /errand\.db is not a database: .*--data/);
    });
  });

  it("when its settings hold a mistake, with its place", async () => {
    await withWorld(async (world) => {
      const args = ["serve", "--data", world.dataDir];
      checkSentence(await world.errand(args), 2, /server\.yaml:1:1.*unknown key lsten.*listen/);
    }, { settings: "lsten: 127.0.0.1:0\n" });
  });

  it("when another server runs on the same data directory, which it names", async () => {
    await withWorld(async (world) => {
      const first = await world.start();
      const args = ["serve", "--data", world.dataDir, "--listen", "127.0.0.1:0"];
      const result = await world.errand(args);
      checkSentence(result, 4, new RegExp(`process ${first.child.pid}\\).*stop it`));
      strictEqual((await first.request("GET", "/readyz")).status, 200);
      // the refused one must not take the first one's files away
      strictEqual(
        JSON.parse(await readFile(join(world.dataDir, "server.json"), "utf8")).url,
        first.url,
      );
    });
  });
});

describe("a command line that is wrong", () => {
  it("says which command, option or server was meant", async () => {
    await withWorld(async (world) => {
      await mkdir(join(world.folder, "empty"));
      const data = ["--data", join(world.folder, "empty")];
      for (
        const [args, code, sentence] of [
          [["aply"], 2, /apply/],
          [["run", "--folow", "x"], 2, /follow/],
          [["runs", ...data], 5, /no server is running on .*errand serve/],
          [["run", "x", "--param", "novalue", ...data], 2, /novalue/],
        ] as const
      ) {
        const result = await world.errand(args);
        strictEqual(result.code, code, `${args.join(" ")}: ${result.stderr}`);
        match(result.stderr, sentence);
        doesNotMatch(result.stderr, /^\s+at /m);
      }
    });
  });
});

/** One line on standard error, none on standard output, and the exit code of its kind. */
function checkSentence(
  result: { readonly code: number | null; readonly stdout: string; readonly stderr: string },
  code: number,
  sentence: RegExp,
): void {
  strictEqual(result.code, code, result.stderr);
  strictEqual(result.stdout, "");
  match(result.stderr, sentence);
  strictEqual(result.stderr.trim().split("\n").length, 1, result.stderr);
}

/** Changes a database that no server has open. */
async function sql(world: World, statement: string): Promise<void> {
  const { createClient } = await import("@libsql/client/sqlite3");
  const client = createClient({ url: `file:${join(world.dataDir, "errand.db")}` });
  await client.execute(statement);
  await client.execute("pragma wal_checkpoint(truncate)");
  client.close();
}
