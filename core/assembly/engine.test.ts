import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "@libsql/client/sqlite3";
import { parsePipeline, pipelineHash } from "../pipeline/mod.ts";
import { openEngine } from "./engine.ts";

test("an engine whose lease is taken notices without a write, starts nothing more and refuses", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "ee-"));
  await chmod(dataDir, 0o755);
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const warnings: string[] = [];
  const engine = await openEngine({
    dataDir,
    version: "0",
    slots: 1,
    plugins: { configured: {}, runAs: "self" },
    maxLogBytes: 1_000,
    retention: { runs: 10, ageMs: 1_000_000 },
    log: { write: (_, message) => void warnings.push(message) },
  });
  const definition = parsePipeline("{ name: p, tasks: { a: { run: 'true' } } }").pipeline!;
  const put = () =>
    engine.ports.pipelines.put({
      namespace: "default",
      definition,
      hash: pipelineHash(definition),
      by: "user:x",
    });
  const client = createClient({ url: `file:${engine.dir.database}` });
  await client.execute("update lease set epoch = epoch + 1");
  client.close();
  assert.match(await engine.failed, /another server has the lease/);
  assert.match(engine.ports.server.notReady()!, /another server has the lease/);
  const unavailable = { code: "unavailable" };
  await assert.rejects(Promise.resolve(put()), unavailable);
  await assert.rejects(
    engine.supervisor.submit({
      namespace: "default",
      pipeline: "p",
      version: 1,
      definition,
      params: {},
      initiator: "user:x",
    }),
    unavailable,
  );
  assert.deepEqual(engine.supervisor.status().runningRuns, 0);
  const closed = engine.close();
  await Promise.all([closed, engine.close()]);
});
