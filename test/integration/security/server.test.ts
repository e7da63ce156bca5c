import {
  deepStrictEqual,
  doesNotMatch,
  match,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdirSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createConnection } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { formatPath, ROUTES } from "../../../protocol/http/mod.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { withWorld, World } from "../../support/world.ts";

describe("SECURITY.md 1: where a server listens", () => {
  it("is loopback by default", async () => {
    await withWorld(async (world) => {
      const { stdout } = await world.errand(["config", "--data", world.dataDir, "--json"]);
      match(stdout, /127\.0\.0\.1:7470/);
      doesNotMatch(stdout, /0\.0\.0\.0/);
    });
  });

  it("is nowhere else: other addresses of the machine are refused", async () => {
    await withWorld(async (world) => {
      const server = await world.start();
      const { hostname, port } = new URL(server.url);
      strictEqual(hostname, "127.0.0.1");
      const others = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
        .filter(({ internal, family }) => !internal && family === "IPv4");
      for (const { address } of others) {
        strictEqual(await connects(address, Number(port)), false, address);
      }
    });
  });

  it("is beyond loopback only with an explicit setting", async () => {
    await withWorld(async (world) => {
      for (const host of ["0.0.0.0", "[::]", "192.0.2.1"]) {
        const args = ["serve", "--data", world.dataDir, "--listen", `${host}:0`];
        const { code, stderr } = await world.errand(args);
        strictEqual(code, 4, stderr);
        match(stderr, /allow-remote|allowRemote/);
        strictEqual(stderr.trim().split("\n").length, 1, stderr);
      }
      const server = await world.start({
        listen: "0.0.0.0:0",
        env: { ERRAND_ALLOW_REMOTE: "true" },
      });
      strictEqual((await server.request("GET", "/v1/version")).status, 200);
    });
  });
});

describe("SECURITY.md 2: the first token", () => {
  it("is written once, for its owner only, never printed, and stored as a hash", async () => {
    await withWorld(async (world) => {
      const server = await world.start({ env: { ERRAND_LOG_LEVEL: "debug" } });
      const path = join(world.dataDir, "admin.token");
      strictEqual((await stat(path)).mode & 0o777, 0o600);
      const [, secret] = /^errand_[a-z0-9]+_(.+)$/.exec(server.token) as unknown as [
        string,
        string,
      ];
      ok(Buffer.from(secret, "base64url").length >= 32, "256 bits");
      strictEqual((await server.request("GET", "/v1/version")).status, 200);
      await server.stop();
      ok(!server.stderr.includes(secret), "it was printed");
      for (const name of readdirSync(world.dataDir)) {
        const facts = await stat(join(world.dataDir, name));
        if (!facts.isFile() || name === "admin.token") continue;
        ok(!(await readFile(join(world.dataDir, name), "latin1")).includes(secret), name);
        strictEqual(facts.mode & 0o077, 0, `${name} is open to others`);
      }
      const again = await world.start();
      strictEqual(again.token, server.token);
      await again.stop();
      await rm(path);
      const third = await world.start();
      notStrictEqual(third.token, server.token);
      strictEqual((await third.request("GET", "/v1/version")).status, 200);
    });
  });

  it("is different in every data directory", async () => {
    await withWorld(async (world) => {
      const [a, b] = await Promise.all([
        world.start(),
        world.start({ dataDir: join(world.folder, "other") }),
      ]);
      notStrictEqual(a.token, b.token);
      const authorization = `Bearer ${a.token}`;
      strictEqual(
        (await b.request("GET", "/v1/version", undefined, { authorization })).status,
        401,
      );
    });
  });
});

describe("SECURITY.md 3, 4, 5, 21: who may ask a server", () => {
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open();
    server = await world.start();
    await server.apply({ name: "p", tasks: { a: { run: "true" } } });
  });
  after(() => world.close());

  for (const [id, { method, path, policy }] of Object.entries(ROUTES)) {
    const open = policy.access === "public";
    it(`3: ${id} ${open ? "is open" : "wants a token that is known"}`, async () => {
      const at = formatPath(path, { namespace: "default", pipeline: "p", run: "1", sha256: "0" });
      for (
        const authorization of [
          "",
          "Bearer ",
          "Bearer x",
          `Basic ${server.token}`,
          mangled(server.token),
        ]
      ) {
        const { status, body } = await server.request(method, at, undefined, { authorization });
        if (open) strictEqual(status, 200);
        else {
          ok(status === 401 || status === 429, `${status} for ${authorization}`);
          ok(body.code === "unauthenticated" || body.code === "exhausted");
        }
      }
    });
  }

  it("3: a path that no route has is not found, with a token and without", async () => {
    for (
      const path of [
        "/",
        "/v1",
        "/v1/tokens",
        "/v1/namespaces/default/pipelines/p/../../x",
        "/metrics%00",
      ]
    ) {
      strictEqual((await server.request("GET", path)).status, 404, path);
      const { status } = await server.request("GET", path, undefined, { authorization: "" });
      ok(status === 401 || status === 404 || status === 429, `${path}: ${status}`);
    }
  });

  it("4: many refused tokens are answered with 429; a good one is let in beside them", async () => {
    const refused: number[] = [];
    for (let i = 0; i < 40; i++) {
      const authorization = `Bearer errand_wrong${i}`;
      refused.push(
        (await server.request("GET", "/v1/version", undefined, { authorization })).status,
      );
      strictEqual((await server.request("GET", "/v1/version")).status, 200);
    }
    strictEqual(refused.at(-1), 429);
    const answer = await fetch(`${server.url}/v1/version`, {
      headers: { authorization: "Bearer x" },
    });
    await answer.body?.cancel();
    ok(Number(answer.headers.get("retry-after")) > 0);
  });

  it("4: an authenticated client may ask as fast as it likes", async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => server.request("GET", "/v1/version")),
    );
    ok(answers.every(({ status }) => status === 200));
  });

  it("5: names that were made to point here are refused", async () => {
    for (const host of ["evil.example", "evil.example:7470", "127.0.0.1.evil.example"]) {
      const status = await statusWith(server, { host });
      ok(status === 400 || status === 421, `${status} for ${JSON.stringify(host)}`);
    }
    for (const host of ["127.0.0.1", "localhost:1", "[::1]"]) {
      strictEqual(await statusWith(server, { host }), 200, host);
    }
  });

  it("5: pages of another origin are refused, also for streams, and no answer invites them", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
      for (const path of ["/v1/version", "/v1/events", "/v1/namespaces/default/events"]) {
        const headers = { origin, authorization: `Bearer ${server.token}` };
        const answer = await fetch(server.url + path, { headers });
        await answer.body?.cancel();
        strictEqual(answer.status, 403, `${origin} ${path}`);
        strictEqual(answer.headers.get("access-control-allow-origin"), null);
      }
    }
    const preflight = await fetch(`${server.url}/v1/version`, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "GET" },
    });
    await preflight.body?.cancel();
    strictEqual(preflight.headers.get("access-control-allow-origin"), null);
    ok(preflight.status >= 400, String(preflight.status));
  });

  it("5: a cookie lets nobody in, and answers say that they are not to be sniffed", async () => {
    const headers = { cookie: `token=${server.token}; authorization=${server.token}` };
    const answer = await fetch(`${server.url}/v1/version`, { headers });
    await answer.body?.cancel();
    ok(answer.status === 401 || answer.status === 429);
    strictEqual(answer.headers.get("x-content-type-options"), "nosniff");
    strictEqual(answer.headers.get("set-cookie"), null);
  });

  it("21: names of the language's own are names like any other", async () => {
    await server.apply({
      name: "constructor",
      params: { constructor: { type: "string", default: "v" } },
      tasks: {
        "to-string": {
          run: "echo hasOwnProperty=1 >> $ERRAND_OUTPUT",
          outputs: { hasOwnProperty: "integer" },
        },
        constructor: {
          needs: ["to-string"],
          command: [
            "test",
            "${{ params.constructor }}${{ tasks['to-string'].outputs.hasOwnProperty }}",
            "=",
            "v1",
          ],
        },
      },
    });
    const run = await server.ended(await server.run("constructor"));
    strictEqual(run.state, "succeeded", JSON.stringify(run));
    deepStrictEqual(run.params, { constructor: "v" });
    for (const name of ["valueOf", "__proto__", "hasOwnProperty"]) {
      const { status } = await server.request("GET", `/v1/namespaces/default/pipelines/${name}`);
      ok(status === 400 || status === 404, `${name}: ${status}`);
    }
    strictEqual(
      (await server.request("GET", "/v1/namespaces/constructor/pipelines/constructor")).status,
      404,
    );
  });

  it("21: the prototype's key is refused in files, settings, bodies and outputs", async () => {
    const json = '{"name":"bad","tasks":{"a":{"run":"x","env":{"__proto__":"x"}}}}';
    const answer = await fetch(`${server.url}/v1/namespaces/default/pipelines/bad`, {
      method: "PUT",
      body: json,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
    });
    strictEqual(answer.status, 400);
    strictEqual((await answer.json()).problems[0].code, "bad_key");
    await withWorld(async (other) => {
      const { code, stderr } = await other.errand(["serve", "--data", other.dataDir]);
      strictEqual(code, 2, stderr);
      match(stderr, /server\.yaml:1:1.*__proto__/);
    }, { settings: "__proto__: {listen: 127.0.0.1:0}\n" });
    await server.apply({
      name: "proto",
      tasks: {
        a: { run: `echo 'v={"__proto__":{"x":1}}' >> $ERRAND_OUTPUT`, outputs: { v: "json" } },
      },
    });
    const run = await server.ended(await server.run("proto"));
    deepStrictEqual([run.tasks[0].state, run.tasks[0].reason], ["failed", "outputs"]);
  });

  it("21: a file that grows when it is read, or code in it, is refused at once", async () => {
    const bomb = ["name: bad", "x-a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (let i = 0; i < 9; i++) {
      const [from, to] = ["abcdefghij"[i], "abcdefghij"[i + 1]];
      bomb.push(`x-${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(",")}]`);
    }
    bomb.push("tasks: {t: {run: x, env: {V: *j}}}", "");
    const from = performance.now();
    for (const text of [bomb.join("\n"), "name: bad\ntasks: {a: {run: !!js/function 'x'}}\n"]) {
      const path = await world.file("bomb.yaml", text);
      const { code, stderr } = await world.errand(["validate", path]);
      strictEqual(code, 2, stderr);
    }
    ok(performance.now() - from < 10_000);
  });
});

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 2_000 });
    const end = (connected: boolean) => () => {
      socket.destroy();
      resolve(connected);
    };
    socket.on("connect", end(true)).on("error", end(false)).on("timeout", end(false));
  });
}

/** The status of a request with headers that `fetch` does not let one set. */
function statusWith(server: ServerProcess, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: hostname,
      port,
      path: "/v1/version",
      agent: false,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
    }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    request.on("error", reject).end();
  });
}

/** The token with its last character changed. */
function mangled(token: string): string {
  return `Bearer ${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
}
