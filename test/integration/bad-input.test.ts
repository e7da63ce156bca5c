import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ServerProcess } from "../support/server-process.ts";
import { NEEDS_ROOT, withWorld, World } from "../support/world.ts";
import { BAD_FILES } from "./bad-files.ts";

describe("a pipeline file that is wrong", () => {
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open();
    server = await world.start();
  });
  after(() => world.close());

  for (const { title, file, line, column, code, hint } of BAD_FILES) {
    it(`with ${title} is refused by validate, dev and the API, and nothing is stored`, async () => {
      const path = await world.file("bad.yaml", file);
      const [validate, dev] = await Promise.all([
        world.errand(["validate", path, "--json"]),
        world.errand(["dev", path]),
      ]);
      const { valid, problems } = JSON.parse(validate.stdout);
      strictEqual(validate.code, 2);
      strictEqual(valid, false);
      const [problem] = problems;
      deepStrictEqual([problem.line, problem.column, problem.code], [line, column, code]);
      match(problem.hint, hint);
      strictEqual(dev.code, 2, dev.stderr);
      strictEqual(dev.stdout, "");
      ok(dev.stderr.startsWith(`${path}:${line}:${column}: `), dev.stderr);
      match(dev.stderr, hint);
      doesNotMatch(dev.stderr, /^\s+at /m, "a stack is not for people");
      const put = await putText(server, file, "application/yaml");
      strictEqual(put.status, 400, JSON.stringify(put.body));
      await checkNothingStored(server);
    });
  }

  it("is refused by apply, each of a folder with its place, and the good one beside is not stored", async () => {
    const folder = join(world.folder, "files");
    await mkdir(folder);
    await writeFile(join(folder, "good.yaml"), "name: good\ntasks: {a: {run: x}}\n");
    for (const [i, { file }] of BAD_FILES.entries()) {
      await writeFile(join(folder, `bad-${i}.yaml`), file);
    }
    const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
    const { code, stdout, stderr } = await world.errand(["apply", folder], { env });
    deepStrictEqual([code, stdout], [2, ""]);
    for (const [i, { line, column }] of BAD_FILES.entries()) {
      ok(stderr.includes(`bad-${i}.yaml:${line}:${column}: `), stderr);
    }
    match(stderr, /nothing was stored\n$/);
    const one = await world.errand(["apply", join(folder, "bad-0.yaml")], { env });
    deepStrictEqual([one.code, one.stdout], [2, ""]);
    await checkNothingStored(server);
  });

  it("is placed in the JSON that was sent, too", async () => {
    const text = '{\n  "name": "bad",\n  "tasks": {"a": {"run": "x", "retyr": 1}}\n}\n';
    const { status, body } = await putText(server, text);
    strictEqual(status, 400);
    const [{ line, column, code, hint }] = body.problems;
    deepStrictEqual([line, column, code], [3, 31, "unknown_key"]);
    match(hint, /retry/);
    await checkNothingStored(server);
  });

  it("names a scheduler that is not there: exit 2, the ones that are, nothing stored", async () => {
    const path = await world.file(
      "elsewhere.yaml",
      "name: bad\ntasks:\n  a: {run: x, scheduler: proces}\n",
    );
    const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
    for (const args of [["apply", path], ["dev", path]]) {
      const { code, stderr } = await world.errand(args, { env });
      strictEqual(code, 2, stderr);
      match(stderr, /expected a scheduler instance, found "proces"/);
      match(stderr, /did you mean process/);
    }
    await checkNothingStored(server);
  });

  it("is not there, is a folder, is binary: one sentence", async () => {
    const binary = join(world.folder, "binary.yaml");
    await writeFile(binary, Uint8Array.from({ length: 4096 }, (_, i) => (i * 7) % 256));
    for (
      const [path, code, sentence] of [
        [join(world.folder, "none.yaml"), 3, /no file .*none\.yaml/],
        [world.folder, 2, /is a folder/],
        [binary, 2, /./],
      ] as const
    ) {
      for (const verb of ["validate", "dev"]) {
        const result = await world.errand([verb, path]);
        strictEqual(result.code, code, `${verb} ${path}: ${result.stderr}`);
        match(result.stderr, sentence);
        doesNotMatch(result.stderr, /^\s+at /m);
      }
    }
  });
});

describe("a request that is wrong", () => {
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open();
    server = await world.start();
    await server.apply({
      name: "p",
      params: { n: { type: "integer" } },
      tasks: { a: { run: "true" } },
    });
  });
  after(() => world.close());

  it("with a body that is too large is a problem document, known by its length or not", async () => {
    const body = `{"params":{"x":"${"x".repeat(1024 * 1024)}"}}`;
    checkProblem(await post(server, "p/runs", body), 413, "too_large");
    checkProblem(await post(server, "p/runs", stream(body)), 413, "too_large");
    checkProblem(await putText(server, `{"name":"bad","description":"${body}"}`), 413, "too_large");
  });

  it("that says it is huge is refused before it is sent", async () => {
    const answer = await raw(
      server,
      "POST /v1/namespaces/default/pipelines/p/runs HTTP/1.1\r\n" +
        `host: 127.0.0.1\r\nauthorization: Bearer ${server.token}\r\n` +
        "content-length: 99999999999\r\n\r\n",
    );
    match(answer, /^HTTP\/1\.1 413 /);
  });

  it("with a body that is not JSON says where it breaks off", async () => {
    const answer = await post(server, "p/runs", '{"params":\n  {"n": 1,}}');
    checkProblem(answer, 400, "invalid");
    deepStrictEqual(
      answer.body.problems.map(({ line, column }: Place) => [line, column]),
      [[2, 11]],
    );
  });

  it("with JSON that is no body of this route is a problem document", async () => {
    for (
      const body of [
        "[]",
        "7",
        '"x"',
        "null",
        '{"parms":{}}',
        '{"params":{"n":"x"}}',
        '{"params":{}}',
      ]
    ) {
      checkProblem(await post(server, "p/runs", body), 400, "invalid");
    }
  });

  it("with keys of the prototype changes no prototype", async () => {
    const body = '{"__proto__":{"polluted":1},"params":{"n":1,"__proto__":{"polluted":1}}}';
    const answer = await post(server, "p/runs", body);
    ok(answer.status === 400 || answer.status === 202, String(answer.status));
    strictEqual((await server.request("GET", "/v1/version")).body.polluted, undefined);
  });

  it("for a namespace that has no such pipeline is not found; for a bad name it is invalid", async () => {
    checkProblem(await post(server, "p/runs", "{}", "elsewhere"), 404, "not_found");
    checkProblem(await post(server, "p/runs", "{}", "..%2Fdefault"), 400, "invalid");
    checkProblem(await post(server, "p/runs", "{}", "a".repeat(64)), 400, "invalid");
  });

  it("for a run of another namespace is not found", async () => {
    const runId = await server.run("p", { n: 1 });
    await server.ended(runId);
    for (
      const [method, path] of [["GET", ""], ["GET", "/logs"], ["POST", "/cancel"], [
        "POST",
        "/rerun",
      ]]
    ) {
      const answer = await server.request(method!, `/v1/namespaces/elsewhere/runs/${runId}${path}`);
      checkProblem(answer, 404, "not_found");
    }
  });

  it("with a name in the path that is not the file's is refused", async () => {
    const { status, body } = await server.request("PUT", "/v1/namespaces/default/pipelines/q", {
      name: "other",
      tasks: { a: { run: "true" } },
    });
    checkProblem({ status, body }, 400, "invalid");
  });

  it("that is no HTTP, or has headers without end, leaves the server well", async () => {
    match(await raw(server, "this is no HTTP\r\n\r\n"), /^(?:HTTP\/1\.1 400 |$)/);
    match(
      await raw(server, `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"x".repeat(64 * 1024)}\r\n\r\n`),
      /^(?:HTTP\/1\.1 431 |$)/,
    );
    strictEqual((await server.request("GET", "/healthz")).status, 200);
  });
});

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

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Answer {
  readonly status: number;
  readonly body: any; // deno-lint-ignore-line no-explicit-any
  readonly type?: string | null;
}

async function checkNothingStored(server: ServerProcess): Promise<void> {
  const { body } = await server.request("GET", "/v1/namespaces/default/pipelines");
  deepStrictEqual(body.items, []);
}

function checkProblem({ status, body, type }: Answer, wanted: number, code: string): void {
  strictEqual(status, wanted, JSON.stringify(body));
  if (type !== undefined) match(type ?? "", /^application\/problem\+json/);
  strictEqual(body.code, code);
  strictEqual(body.status, wanted);
  strictEqual(body.type, `urn:errand:problem:${code}`);
  match(body.detail, /^[^\n]+$/);
}

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

function post(
  server: ServerProcess,
  path: string,
  body: BodyInit,
  namespace = "default",
): Promise<Answer> {
  return send(server, {
    method: "POST",
    path: `/v1/namespaces/${namespace}/pipelines/${path}`,
    body,
  });
}

function putText(server: ServerProcess, body: string, type?: string): Promise<Answer> {
  const path = "/v1/namespaces/default/pipelines/bad";
  return send(server, { method: "PUT", path, body, ...(type ? { type } : {}) });
}

async function send(
  server: ServerProcess,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body: BodyInit;
    readonly type?: string;
  },
): Promise<Answer> {
  const { method, path, body, type = "application/json" } = request;
  const response = await fetch(server.url + path, {
    method,
    body,
    headers: { authorization: `Bearer ${server.token}`, "content-type": type },
    duplex: "half",
  } as RequestInit);
  return {
    status: response.status,
    body: await response.json(),
    type: response.headers.get("content-type"),
  };
}

function stream(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream() as ReadableStream<Uint8Array>;
}

/** What the server answers to bytes that no client would send. */
function raw(server: ServerProcess, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
    let text = "";
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setEncoding("latin1").on("data", (chunk) => {
      text += chunk;
      if (text.includes("\r\n\r\n")) finish();
    });
    socket.on("error", finish).on("close", finish);
    socket.write(bytes);
  });
}

/** Changes a database that no server has open. */
async function sql(world: World, statement: string): Promise<void> {
  const { createClient } = await import("@libsql/client/sqlite3");
  const client = createClient({ url: `file:${join(world.dataDir, "errand.db")}` });
  await client.execute(statement);
  await client.execute("pragma wal_checkpoint(truncate)");
  client.close();
}
