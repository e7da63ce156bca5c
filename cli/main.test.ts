import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { endedRun, log } from "./testing/runs.ts";

const PIECE = "x".repeat(99) + "\n";
const PIECES = 2_000;
const LINES_A_PIECE = 100;
let server: Server;
let url = "";

/** A server with one run, whose log is 20 MB long. */
before(async () => {
  server = createServer((request, response) => {
    if (!new URL(request.url ?? "", "http://x").pathname.endsWith("/logs")) {
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify(endedRun({ tasks: [endedRun().tasks[0]!] })));
    }
    response.setHeader("content-type", "text/event-stream");
    const data = JSON.stringify(log("greet", PIECE.repeat(LINES_A_PIECE)));
    let id = 0;
    const send = () => {
      while (id < PIECES) {
        if (!response.write(`id: ${++id}\nevent: log\ndata: ${data}\n\n`)) return;
      }
      response.end("event: end\ndata: {}\n\n");
    };
    response.on("drain", send);
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
after(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const runtime = process.versions["deno"] ? ["run", "-q", "-A", main] : [main];

/** Starts the command line; answers how much it wrote and how it ended. */
function errand(
  argv: readonly string[],
  options: { readonly closeAfter?: number; readonly env?: Record<string, string> } = {},
): Promise<{ out: number; head: string; err: string; code: number | null }> {
  const child = spawn(process.execPath, [...runtime, ...argv], {
    env: {
      ...process.env,
      ERRAND_URL: url,
      ERRAND_TOKEN: "t",
      NO_COLOR: "1",
      NODE_DISABLE_COMPILE_CACHE: "1",
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, head, err] = [0, "", ""];
  child.stdout.on("data", (chunk: Uint8Array) => {
    if (head.length < 100) head += new TextDecoder().decode(chunk.subarray(0, 100));
    out += chunk.length;
    if (options.closeAfter !== undefined && out >= options.closeAfter) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk) => err += chunk);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ out, head, err, code }));
  });
}

test("20 MB of a log come out whole through a pipe", { timeout: 60_000 }, async () => {
  const { out, err, code } = await errand(["logs", "140737488355328"]);
  assert.deepEqual([err, code], ["", 0]);
  assert.equal(out, PIECE.length * LINES_A_PIECE * PIECES);
});

test("a reader that goes away ends it without a word", { timeout: 60_000 }, async () => {
  const { err, code } = await errand(["logs", "140737488355328"], { closeAfter: 1 });
  assert.deepEqual([err, code], ["", 0]);
});

test("where nobody listens it says so and exits with 5", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as { port: number };
  await new Promise((resolve) => gone.close(resolve));
  const env = { ERRAND_URL: `http://127.0.0.1:${port}` };
  const { err, code } = await errand(["runs"], { env });
  assert.match(err, /^errand: no server answers at \S+ \(connection refused\): start one with/);
  assert.equal(code, 5);
});

test("version is printed and the exit code of a wrong command is the process's", async () => {
  const [version, wrong] = await Promise.all([errand(["version"]), errand(["nonsense"])]);
  assert.match(version.head, /^\d+\.\d+\.\d+\n$/);
  assert.deepEqual([version.code, wrong.code], [0, 2]);
});
