import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import { runCli } from "../app.ts";
import { packageVersion } from "../../protocol/package-version.ts";
import type { Ports } from "../ports.ts";
import { fakeClient } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";
import { checkDataFolder } from "./data-folder.ts";
import { checkDisk } from "./disk.ts";
import { checkRuntime } from "./runtime.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-doctor-test-"));
  await chmod(folder, 0o755);
});
after(() => rm(folder, { recursive: true }));

const states = (findings: readonly { readonly state: string }[]) => findings.map((f) => f.state);

test("the runtime has to be new enough", () => {
  for (
    const [versions, state] of [
      [{ node: "24.0.0" }, "ok"],
      [{ node: "22.18.0" }, "fail"],
      [{ node: "26.0.0", deno: "2.9.5" }, "ok"],
      [{ node: "26.0.0", deno: "2.8.9" }, "fail"],
    ] as const
  ) {
    assert.deepEqual(states(checkRuntime(versions)), [state]);
  }
});

test("a data directory may be there, not yet, or never", async () => {
  const data = join(folder, "data");
  const user = { isRoot: false };
  assert.deepEqual(states(await checkDataFolder(data, user)), ["ok"]);
  await mkdir(data, { mode: 0o700 });
  assert.deepEqual(states(await checkDataFolder(data, user)), ["ok"]);
  await chmod(data, 0o755);
  assert.deepEqual(states(await checkDataFolder(data, user)), ["warn"]);
  await writeFile(join(folder, "file"), "");
  assert.deepEqual(states(await checkDataFolder(join(folder, "file"), user)), ["fail"]);
});

test("as root every folder on the way has to be open to the tasks' user", async () => {
  const closed = join(folder, "closed");
  await mkdir(join(closed, "data"), { recursive: true });
  await chmod(join(closed, "data"), 0o711);
  await chmod(closed, 0o700);
  const findings = await checkDataFolder(join(closed, "data"), { isRoot: true });
  assert.deepEqual(states(findings), ["ok", "fail"]);
  assert.match(
    findings[1]!.message,
    new RegExp(`${closed} is closed to the user that tasks run as`),
  );
  await chmod(closed, 0o711);
  assert.deepEqual(states(await checkDataFolder(join(closed, "data"), { isRoot: true })), [
    "ok",
    "ok",
  ]);
});

test("room on the disk is looked up where the folder will be", async () => {
  const [finding] = await checkDisk(join(folder, "not", "yet"));
  assert.match(finding!.message, /^\d.* of .* free$/);
});

function ports(changes: Partial<Ports>): Partial<Ports> {
  return {
    checkEngine: () => Promise.resolve([{ check: "database", state: "ok", message: "whole" }]),
    readSettings: () =>
      Promise.resolve([{ name: "listen", value: "127.0.0.1:0", source: "default" }]),
    ...changes,
  };
}

test("doctor prints a line a check, and exits with 0 when none fails", async () => {
  const openClient = () =>
    Promise.resolve(fakeClient({
      version: () => Promise.resolve({ version: packageVersion() } as never),
      ready: () => Promise.resolve({ ready: true }),
    }));
  const { context, out } = memoryProcess({ ports: ports({ openClient }), cwd: folder });
  assert.equal(await runCli(["doctor", "--data", "new", "--json"], context), 0);
  const lines = out().trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ check }) => check),
    ["runtime", "data directory", "disk", "database", "server"],
  );
  assert.ok(lines.every(({ state, message }) => state !== "fail" && typeof message === "string"));
});

test("where no server runs, doctor tries the address; one that is taken fails", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  try {
    const listen = `127.0.0.1:${port}`;
    const { context, out } = memoryProcess({
      ports: ports({
        openClient: () => Promise.reject(new ErrandError("unavailable", "no server answers")),
        readSettings: () => Promise.resolve([{ name: "listen", value: listen, source: "default" }]),
      }),
      cwd: folder,
    });
    assert.equal(await runCli(["doctor", "--data", "new"], context), 1);
    assert.match(out(), /\nwarn {2}server: none is running\n {6}no server answers\n/);
    assert.match(out(), /\nfail {2}address: a server could not listen on .*: it is in use\n/);
  } finally {
    await new Promise((resolve) => taken.close(resolve));
  }
});

test("a check that breaks is a finding, and the others go on", async () => {
  const checkEngine = () => Promise.reject(new Error("oh"));
  const { context, out } = memoryProcess({ ports: ports({ checkEngine }), cwd: folder });
  assert.equal(await runCli(["doctor", "--data", "new"], context), 1);
  assert.match(out(), /\nfail {2}engine: the check itself failed: oh\n(?:.*\n)+.*server/);
});
