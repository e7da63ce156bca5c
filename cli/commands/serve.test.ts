import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import { runCli } from "../app.ts";
import type { Ports, RunningServer, ServeOptions } from "../ports.ts";
import { type MemoryProcess, memoryProcess } from "../testing/memory-process.ts";

interface Served {
  readonly process: MemoryProcess;
  readonly started: ServeOptions[];
  readonly closed: () => number;
}

/** A process in which `serve` starts a server that then does what `then` says. */
function serving(then: (served: Served) => void, server: Partial<RunningServer> = {}): Served {
  const started: ServeOptions[] = [];
  let closed = 0;
  const startServer: Ports["startServer"] = (options) => {
    started.push(options);
    setImmediate(() => then(served));
    return Promise.resolve({
      url: "http://127.0.0.1:7470",
      warnings: [],
      ended: new Promise(() => {}),
      close: () => {
        closed++;
        return Promise.resolve();
      },
      ...server,
    });
  };
  const process = memoryProcess({ ports: { startServer }, env: { HOME: "/home/me" } });
  const served = { process, started, closed: () => closed };
  return served;
}

test("serve says where it is, and closes on the first signal", async () => {
  const served = serving(({ process }) => process.interrupt());
  assert.equal(await runCli(["serve", "--slots", "3"], served.process.context), 0);
  assert.match(served.process.out(), /^errand \S+ is ready at http:\/\/127\.0\.0\.1:7470\n$/);
  assert.match(served.process.err(), /next, in another terminal: errand apply FILE/);
  assert.equal(served.started[0]?.dataDir, "/home/me/.local/state/errand");
  assert.deepEqual(served.started[0]?.flags, { slots: "3" });
  assert.deepEqual([served.closed(), served.process.listeners()], [1, 0]);
});

test("a second signal ends it at once", async () => {
  const served = serving(({ process }) => {
    process.interrupt();
    assert.throws(() => process.interrupt(), /exit\(1\)/);
  });
  await runCli(["serve"], served.process.context);
  assert.equal(served.process.exited(), 1);
});

test("what an operator should know is said; a server that ends by itself exits with 1", async () => {
  const served = serving(() => {}, {
    warnings: ["tasks run as this user"],
    ended: Promise.resolve("another server has taken the lease"),
  });
  assert.equal(await runCli(["serve", "--json"], served.process.context), 1);
  assert.equal(JSON.parse(served.process.out()).url, "http://127.0.0.1:7470");
  assert.equal(
    served.process.err(),
    "errand: tasks run as this user\nerrand: another server has taken the lease\n",
  );
});

const system = (code: string) => Object.assign(new Error(code), { code, path: "/data/x" });
for (
  const [reason, exitCode, says] of [
    [
      system("EADDRINUSE"),
      4,
      /cannot serve from \/data \(\/data\/x\): the address is in use: choose/,
    ],
    [system("EACCES"), 4, /this user has no permission: choose another --data/],
    [system("EROFS"), 4, /the disk is read-only/],
    [system("ENOSPC"), 70, /the disk is full: make room/],
    [
      new ErrandError("unsupported", "the database is newer: upgrade"),
      4,
      /^errand: the database is/,
    ],
    [new TypeError("oh"), 70, /a fault of errand's own/],
  ] as const
) {
  test(`serve exits with ${exitCode} and one sentence on ${reason.message}`, async () => {
    const startServer = () => Promise.reject(reason);
    const { context, err } = memoryProcess({ ports: { startServer } });
    assert.equal(await runCli(["serve", "--data", "/data"], context), exitCode);
    assert.match(err(), says);
    if (exitCode !== 70) assert.equal(err().split("\n").length, 2);
  });
}
