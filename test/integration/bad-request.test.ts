import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import type { ServerProcess } from "../support/server-process.ts";
import { World } from "../support/world.ts";
import { type Answer, putText, send } from "./send.ts";

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

interface Place {
  readonly line: number;
  readonly column: number;
}

function checkProblem({ status, body, type }: Answer, wanted: number, code: string): void {
  strictEqual(status, wanted, JSON.stringify(body));
  if (type !== undefined) match(type ?? "", /^application\/problem\+json/);
  strictEqual(body.code, code);
  strictEqual(body.status, wanted);
  strictEqual(body.type, `urn:errand:problem:${code}`);
  match(body.detail, /^[^\n]+$/);
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
