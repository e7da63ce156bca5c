import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { childEnvironment, findRuntimes } from "./runtimes.ts";
import { ROOT } from "./repository.ts";

/** Runs a script of the gate on Node, as `npm run` does. */
function run(
  script: string,
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: childEnvironment(), timeout: 60_000 };
    const argv = [join("test/support", script), ...args];
    execFile(findRuntimes().node.path, argv, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

test("the gate refuses a check that it does not know, and lists those it does", async () => {
  const { code, stderr } = await run("gate/ok.ts", "lnt");
  assert.equal(code, 2);
  assert.match(stderr, /^unknown lnt: wanted --no-tests or some of format, lint, /);
});

test("the gate says yes when its checks pass", async () => {
  const { code, stdout } = await run("gate/ok.ts", "cycles");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^ok cycles .* 0 value-import cycles\nok: 1 checks\n$/s);
});

test("npm test refuses options and paths that it does not know", async () => {
  const option = await run("test-all.ts", "--nod");
  assert.equal(option.code, 2);
  assert.match(option.stderr, /^unknown option --nod: wanted --node, --deno or parts/);
  const path = await run("test-all.ts", "no/such/room");
  assert.equal(path.code, 2);
  assert.match(path.stderr, /^no test file has no\/such\/room in its path/);
});

test("npm test ends with the counts alone on a line", async () => {
  const { code, stdout } = await run("test-all.ts", "--node", "gate/file-sizes");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /\nnode: 1 passed, 0 failed, 0 skipped\n1 passed, 0 failed\n$/);
});
