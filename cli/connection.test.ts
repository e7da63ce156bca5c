import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ErrandError } from "../protocol/errors.ts";
import { findServer } from "./connection.ts";
import { dataDirectory } from "./data-dir.ts";
import { memoryProcess } from "./testing/memory-process.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-connection-test-"));
  await mkdir(join(folder, "errand"));
  await writeFile(join(folder, "errand", "server.json"), '{"url":"http://127.0.0.1:1","pid":1}');
  await writeFile(join(folder, "errand", "admin.token"), "from-file\n");
  await mkdir(join(folder, "broken"));
  await writeFile(join(folder, "broken", "server.json"), "{");
  await mkdir(join(folder, "tokenless"));
  await writeFile(join(folder, "tokenless", "server.json"), '{"url":"http://127.0.0.1:1"}');
});
after(() => rm(folder, { recursive: true }));

const LOCAL = "http://127.0.0.1:1";

test("the server is named by --data, else the environment, else the usual folder", async () => {
  const remote = { ERRAND_URL: "http://far:9/", ERRAND_TOKEN: "from-env" };
  const none = { ERRAND_URL: "", ERRAND_TOKEN: "" };
  for (
    const [env, data, wanted] of [
      [remote, undefined, { url: "http://far:9", token: "from-env" }],
      [remote, "errand", { url: LOCAL, token: "from-file" }],
      [none, undefined, { url: LOCAL, token: "from-file" }],
      [{ ERRAND_URL: LOCAL, ERRAND_TOKEN: "" }, undefined, { url: LOCAL, token: "from-file" }],
      [{ ...none, ERRAND_TOKEN: "other" }, undefined, { url: LOCAL, token: "other" }],
      // the token of a file is never sent to another address
      [{ ...remote, ERRAND_TOKEN: "" }, undefined, { url: "http://far:9", token: undefined }],
    ] as const
  ) {
    const { context } = memoryProcess({ env: { XDG_STATE_HOME: folder, ...env }, cwd: folder });
    assert.deepEqual(await findServer(context, data), wanted);
  }
});

test("what is missing is said with what to do", async () => {
  for (
    const [data, code, says] of [
      [
        "nowhere",
        "unavailable",
        /no server is running on .*nowhere .*start one with `errand serve`/,
      ],
      ["broken", "unavailable", /server\.json does not name a server/],
      ["tokenless", "denied", /admin\.token cannot be read by this user/],
    ] as const
  ) {
    const { context } = memoryProcess({ cwd: folder });
    await assert.rejects(findServer(context, data), (error) => {
      assert.ok(error instanceof ErrandError);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  }
});

test("an ERRAND_URL that is no URL is a usage error", async () => {
  const { context } = memoryProcess({ env: { ERRAND_URL: "nonsense" } });
  await assert.rejects(findServer(context, undefined), { code: "invalid" });
});

test("the data directory follows the flag, ERRAND_DATA, XDG and the user", () => {
  const at = (env: Record<string, string>, isRoot = false) => ({ env, isRoot, cwd: () => "/w" });
  assert.equal(dataDirectory("d", at({ ERRAND_DATA: "/e" })), "/w/d");
  assert.equal(dataDirectory(undefined, at({ ERRAND_DATA: "e" })), "/w/e");
  assert.equal(dataDirectory(undefined, at({ XDG_STATE_HOME: "/s", HOME: "/h" })), "/s/errand");
  assert.equal(dataDirectory(undefined, at({ HOME: "/h" })), "/h/.local/state/errand");
  assert.equal(dataDirectory(undefined, at({ HOME: "/root" }, true)), "/var/lib/errand");
  assert.throws(() => dataDirectory(undefined, at({})), /give --data DIR/);
});
