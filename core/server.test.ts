import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ErrandError } from "../protocol/errors.ts";
import { type RunningServer, startServer } from "./server.ts";

/** A data directory that goes with the test, and how a server starts on it. */
async function setUp(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), "es-"));
  await chmod(dataDir, 0o755);
  const servers: RunningServer[] = [];
  t.after(async () => {
    for (const server of servers) await server.close().catch(() => {}); // a test may want it to fail
    await rm(dataDir, { recursive: true, force: true });
  });
  const start = async (listen = "127.0.0.1:0") => {
    const server = await startServer({ dataDir, flags: { listen, logLevel: "error" }, env: {} });
    servers.push(server);
    return server;
  };
  return { dataDir, start };
}

const isInvalid = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ErrandError, String(error));
  assert.equal(error.code, "invalid");
  assert.match(error.message, pattern);
  return true;
};

test("a server whose file cannot be written lets go of its port and its data directory", async (t) => {
  const { dataDir, start } = await setUp(t);
  const port = await freePort();
  await mkdir(join(dataDir, "server.json"));
  await assert.rejects(start(`127.0.0.1:${port}`), isInvalid(/server\.json: move it away$/));
  assert.deepEqual((await readdir(dataDir)).filter((name) => name.endsWith(".new")), []);
  await rm(join(dataDir, "server.json"), { recursive: true });
  await (await start(`127.0.0.1:${port}`)).close();
});

test("a server closes all of itself although its file cannot be removed, and says so", async (t) => {
  const { dataDir, start } = await setUp(t);
  const server = await start();
  await rm(join(dataDir, "server.json"));
  await mkdir(join(dataDir, "server.json"));
  const both = [server.close(), server.close()];
  for (const closed of both) await assert.rejects(closed);
  await assert.rejects(fetch(`${server.url}/healthz`));
  await rm(join(dataDir, "server.json"), { recursive: true });
  await (await start()).close();
});

for (const what of ["gone", "another text"]) {
  test(`an admin token whose file is ${what} is valid no longer`, async (t) => {
    const { dataDir, start } = await setUp(t);
    const file = join(dataDir, "admin.token");
    const first = await start();
    const old = await tokenIn(file);
    assert.equal(await statusWith(first.url, old), 200);
    await first.close();
    if (what === "gone") await rm(file);
    else await writeFile(file, `${old.slice(0, -1)}\n`);
    const second = await start();
    const token = await tokenIn(file);
    assert.notEqual(token, old);
    assert.equal(await statusWith(second.url, old), 401);
    assert.equal(await statusWith(second.url, token), 200);
  });
}

test("a token that stays in its file stays valid; a file that cannot be read revokes nothing", async (t) => {
  const { dataDir, start } = await setUp(t);
  const file = join(dataDir, "admin.token");
  await (await start()).close();
  const token = await tokenIn(file);
  await rm(file);
  await mkdir(file);
  await assert.rejects(start(), isInvalid(/admin\.token: move it away$/));
  await rm(file, { recursive: true });
  await writeFile(file, token);
  const server = await start();
  assert.equal(await statusWith(server.url, token), 200);
});

async function tokenIn(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trim();
}

async function statusWith(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/v1/version`, { headers });
  await response.body?.cancel();
  return response.status;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    })
  );
}
