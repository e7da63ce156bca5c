import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ServerProcess } from "../support/server-process.ts";
import { World } from "../support/world.ts";
import { BAD_FILES } from "./bad-files.ts";
import { putText } from "./send.ts";

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

async function checkNothingStored(server: ServerProcess): Promise<void> {
  const { body } = await server.request("GET", "/v1/namespaces/default/pipelines");
  deepStrictEqual(body.items, []);
}
