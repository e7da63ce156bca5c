import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { openClient } from "../../protocol/http/client/mod.ts";
import { apiFixture } from "../../test/support/api-fixture.ts";
import { isLoopback, listen, type ListenOptions } from "./listen.ts";

const RUNS = "/v1/namespaces/default/pipelines/two/runs";

async function open(context: TestContext, options: Partial<ListenOptions> = {}) {
  const fixture = await apiFixture();
  const listener = await listen(fixture.api.app, { host: "127.0.0.1", port: 0, ...options });
  context.after(async () => {
    fixture.api.close();
    await listener.close();
  });
  return { ...fixture, listener, token: fixture.memory.token("admin") };
}

/** Sends bytes as they are; answers all that came back until the other side closed. */
async function raw(port: number, send: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let text = "";
  socket.setEncoding("latin1").on("data", (data) => text += data);
  send(socket);
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

test("it answers over the network, with keep-alive, and says its URL", async (context) => {
  const { listener, token } = await open(context);
  assert.match(listener.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const client = openClient({ url: listener.url, token });
  assert.deepEqual(await client.health(), { status: "ok" });
  const submitted = await Promise.all(
    Array.from({ length: 20 }, () => client.runs.submit("two", { params: { depth: 1 } })),
  );
  assert.equal(new Set(submitted.map(({ id }) => id)).size, 20);
});

test("a port in use and an address that is not ours say what to do", async (context) => {
  const { listener, api } = await open(context);
  const at = (host: string, port: number, allowRemote = false) =>
    listen(api.app, { host, port, allowRemote });
  await assert.rejects(at("127.0.0.1", listener.port), {
    code: "conflict",
    message: /in use.*--listen/,
  });
  await assert.rejects(at("0.0.0.0", 0), { code: "denied", message: /no TLS/ });
  await assert.rejects(at("203.0.113.7", 0, true), { code: "invalid", message: /cannot listen/ });
  assert.deepEqual(
    ["127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "10.0.0.1"].map(isLoopback),
    [true, true, true, true, false, false],
  );
});

test("a body that is too long is refused, with and without a length, and the limit named", async (context) => {
  const { listener, token, memory } = await open(context);
  const headers = { authorization: `Bearer ${token}` };
  const body = "x".repeat(3 * 1024 * 1024);
  const chunked = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 48; i++) controller.enqueue(new Uint8Array(64 * 1024));
      controller.close();
    },
  });
  for (const init of [{ body }, { body: chunked, duplex: "half" }]) {
    const response = await fetch(listener.url + RUNS, { method: "POST", headers, ...init });
    assert.equal(response.status, 413);
    const problem = await response.json();
    assert.equal(problem.code, "too_large");
    assert.equal(problem.maxBytes, 1024 * 1024);
    assert.match(problem.detail, /1048576 bytes/);
  }
  assert.equal(memory.runs.size, 0);
  const client = openClient({ url: listener.url, token });
  assert.equal((await client.runs.submit("two")).number, 1);
});

test("a chunked body within the limit is read", async (context) => {
  const { listener, token } = await open(context);
  const body = new Blob(['{"params":', '{"depth":7}}']).stream();
  const response = await fetch(listener.url + RUNS, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body,
    duplex: "half",
  } as RequestInit);
  assert.equal(response.status, 202);
  await response.body?.cancel();
});

test("bytes that are no HTTP, and headers without end, are refused", async (context) => {
  const { listener, request } = await open(context);
  assert.match(
    await raw(listener.port, (socket) => socket.write("garbage\r\n\r\n")),
    /^HTTP\/1\.1 400|^$/,
  );
  const long = `GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`;
  assert.doesNotMatch(await raw(listener.port, (socket) => socket.write(long)), /^HTTP\/1\.1 200/);
  assert.equal((await request("GET", "/healthz")).status, 200);
});

test("headers that arrive too slowly are cut off", async (context) => {
  const { listener } = await open(context, { headersMs: 100, requestMs: 200 });
  const answer = await raw(listener.port, (socket) => {
    socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n");
  });
  assert.doesNotMatch(answer, /^HTTP\/1\.1 200/);
});

test("a follower gets its headers at once and is forgotten when it hangs up", async (context) => {
  const { listener, token, api, memory } = await open(context);
  const abort = new AbortController();
  const response = await fetch(`${listener.url}/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  });
  assert.equal(response.status, 200);
  await response.body!.getReader().read();
  assert.equal(api.streams(), 1);
  const unsubscribed = new Promise<void>((resolve) => {
    const remove = memory.listeners.delete.bind(memory.listeners);
    memory.listeners.delete = (listener) => {
      resolve();
      return remove(listener);
    };
  });
  abort.abort();
  await unsubscribed;
  assert.equal(api.streams(), 0);
});

test("closing ends streams and lets go of the port", async () => {
  const { api, memory } = await apiFixture();
  const listener = await listen(api.app, { host: "127.0.0.1", port: 0 });
  const response = await fetch(`${listener.url}/v1/events`, {
    headers: { authorization: `Bearer ${memory.token("viewer")}` },
  });
  const text = response.text();
  api.close();
  await Promise.all([listener.close(), listener.close(), text]);
  await assert.rejects(fetch(`${listener.url}/healthz`));
});
