import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePipeline, pipelineHash } from "../../core/pipeline/mod.ts";
import { ErrandError } from "../../protocol/errors.ts";
import type { PipelineDetail } from "../../protocol/http/client/mod.ts";
import { runCli } from "../app.ts";
import { fakePorts } from "../testing/fake-client.ts";
import { memoryProcess } from "../testing/memory-process.ts";

const FILE = "name: a\ntasks: {t: {run: 'echo one\n\n    echo two'}}\n";

/** A server whose live version is that of a file. */
function live(text: string | undefined) {
  const pipeline = text === undefined ? undefined : parsePipeline(text).pipeline!;
  return fakePorts({
    pipelines: {
      get: () =>
        pipeline
          ? Promise.resolve(
            {
              version: 3,
              hash: pipelineHash(pipeline),
              definition: pipeline as unknown,
            } as PipelineDetail,
          )
          : Promise.reject(new ErrandError("not_found", "no such pipeline")),
    },
  });
}

test("no difference exits with 0", async () => {
  const { context, out } = memoryProcess({ ports: live(FILE), stdin: FILE });
  assert.equal(await runCli(["diff", "-"], context), 0);
  assert.equal(out(), "a equals its live version 3\n");
});

test("a difference exits with 1 and is shown line by line", async () => {
  const before = FILE.replace("two", "three").replace("name: a", "name: a\npriority: 4");
  const { context, out } = memoryProcess({ ports: live(before), stdin: FILE });
  assert.equal(await runCli(["diff", "-"], context), 1);
  assert.equal(
    out(),
    `a against version 3
@ priority
- 4
+ 0
@ tasks.t.work.script
- echo one
- echo three
+ echo one
+ echo two
`,
  );
});

test("a pipeline that is not there yet is a difference", async () => {
  const { context, out } = memoryProcess({ ports: live(undefined), stdin: FILE });
  assert.equal(await runCli(["diff", "-", "--json"], context), 1);
  assert.deepEqual(JSON.parse(out()), { pipeline: "a", version: null, changed: true, changes: [] });
});
