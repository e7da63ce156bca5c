import assert from "node:assert/strict";
import { test } from "node:test";
import { type Import, judgeDoorUse, judgeImport } from "./judge-import.ts";

type Row = readonly [file: string, specifier: string, kind?: Import["kind"]];

const ALLOWED: readonly Row[] = [
  ["core/run/a.ts", "./b.ts"],
  ["core/run/a.ts", "../pipeline/mod.ts"],
  ["core/run/a.ts", "../kernel/journal.ts"],
  ["core/run/a.ts", "../../protocol/errors.ts"],
  ["core/kernel/a.ts", "node:process"],
  ["core/store/a.ts", "../run/mod.ts", "type"],
  ["core/store/a.ts", "drizzle-orm/sqlite-core"],
  ["core/supervisor/a.ts", "effect"],
  ["core/http/routes/a.ts", "../auth.ts"],
  ["core/http/a.ts", "../supervisor/mod.ts"],
  ["core/http/a.ts", "hono"],
  ["core/server.ts", "./http/mod.ts"],
  ["core/server.ts", "./assembly/data-dir.ts"],
  ["core/assembly/a.ts", "../store/mod.ts"],
  ["core/host/a.ts", "@grpc/grpc-js"],
  ["protocol/http/client/a.ts", "../log.ts"],
  ["protocol/http/a.ts", "../errors.ts"],
  ["protocol/http/client/a.ts", "hono/client"],
  ["protocol/sdk/typescript/mod.ts", "../../../core/kernel/plugin.ts", "type"],
  ["plugins/scheduler/process/a.ts", "./launcher.ts"],
  ["plugins/scheduler/process/a.ts", "../../../protocol/sdk/typescript/mod.ts"],
  ["cli/a.ts", "../protocol/http/client/mod.ts"],
  ["cli/real-ports.ts", "../core/server.ts", "dynamic"],
  ["cli/real-ports.ts", "../core/pipeline/mod.ts", "type"],
  ["docs/examples/a/pipeline.ts", "errand"],
  ["core/run/a.test.ts", "../supervisor/run-engine.ts"],
  ["test/support/a.ts", "../../plugins/scheduler/process/mod.ts"],
  ["core/store/a.ts", "@libsql/client"],
  ["drizzle.config.ts", "drizzle-kit"],
];

const FORBIDDEN: readonly [...Row, message: RegExp][] = [
  ["core/run/a.ts", "../supervisor/mod.ts", "value", /^core\/run may not import core\/supervisor/],
  ["core/run/a.ts", "../pipeline/parse.ts", "value", /import core\/pipeline\/mod\.ts instead/],
  ["core/run/a.ts", "node:fs", "value", /core\/run is pure/],
  ["core/run/a.ts", "zod", "value", /core\/run may not import packages: zod/],
  ["core/kernel/a.ts", "../run/mod.ts", "type", /core\/kernel may not import core\/run/],
  ["core/kernel/a.ts", "effect", "type", /core\/kernel may not import packages/],
  ["core/pipeline/a.ts", "../../protocol/http/run.ts", "value", /core\/pipeline may not import/],
  ["core/store/a.ts", "../run/mod.ts", "value", /types only from core\/run/],
  ["core/store/a.ts", "../run/state.ts", "type", /import core\/run\/mod\.ts instead/],
  ["core/http/a.ts", "effect", "value", /only core\/supervisor may import effect/],
  ["core/http/a.ts", "hono/client", "value", /only protocol\/http may import hono\/client/],
  ["core/http/a.ts", "drizzle-orm", "value", /only core\/store/],
  ["core/http/a.ts", "../server.ts", "value", /core\/http may not import core\/server\.ts/],
  ["core/http/a.ts", "../../protocol/http/run.ts", "value", /import protocol\/http\/mod\.ts/],
  ["core/server.ts", "../plugins/scheduler/process/mod.ts", "dynamic", /may not import plugins/],
  ["core/server.ts", "./http/app.ts", "value", /import core\/http\/mod\.ts instead/],
  [
    "core/host/a.ts",
    "../../protocol/sdk/typescript/mod.ts",
    "type",
    /may not import protocol\/sdk/,
  ],
  ["core/strange/a.ts", "./b.ts", "value", /is in no room of the house/],
  [
    "protocol/errors.ts",
    "../core/kernel/plugin.ts",
    "type",
    /protocol may not import core\/kernel/,
  ],
  ["protocol/manifest/a.ts", "zod", "value", /only protocol\/http may import zod/],
  ["protocol/sdk/typescript/mod.ts", "../../../core/kernel/plugin.ts", "value", /types only/],
  ["plugins/scheduler/a/a.ts", "../b/b.ts", "value", /may not import another plugin/],
  ["plugins/scheduler/a/a.ts", "../../../protocol/errors.ts", "value", /plugins may not import/],
  ["plugins/scheduler/a/a.ts", "../../../core/kernel/scheduler.ts", "type", /plugins may not/],
  ["cli/real-ports.ts", "../core/server.ts", "value", /by dynamic import only/],
  ["cli/real-ports.ts", "../core/http/app.ts", "dynamic", /import core\/http\/mod\.ts/],
  ["cli/commands/runs.ts", "../../core/server.ts", "dynamic", /cli\/commands\/runs\.ts may not/],
  ["cli/commands/runs.ts", "../../core/run/mod.ts", "type", /cli\/commands\/runs\.ts may not/],
  ["cli/a.ts", "../plugins/scheduler/process/mod.ts", "dynamic", /cli may not import plugins/],
  ["cli/a.ts", "../test/support/a.ts", "value", /cli may not import test/],
  ["docs/examples/a/p.ts", "../../../core/server.ts", "value", /published names only/],
  ["cli/a.ts", "npm:zod@4", "value", /plain name/],
];

test("the house allows what its table lists", () => {
  for (const [file, specifier, kind = "value"] of ALLOWED) {
    assert.equal(judgeImport({ file, specifier, kind }), undefined, `${file} → ${specifier}`);
  }
});

test("the house refuses what its table does not list, and says what to do", () => {
  for (const [file, specifier, kind = "value", message] of FORBIDDEN) {
    assert.match(judgeImport({ file, specifier, kind }) ?? "allowed", message, `${file} ${kind}`);
  }
});

test("only the commands that need core may go through its doors", () => {
  assert.equal(judgeDoorUse("cli/commands/serve.ts", "startServer"), undefined);
  assert.equal(judgeDoorUse("cli/commands/plugin-list.ts", "openRegistry"), undefined);
  assert.equal(judgeDoorUse("cli/commands/runs.ts", "openClient"), undefined);
  assert.match(judgeDoorUse("cli/commands/runs.ts", "readPipeline") ?? "", /runs\.ts may not use/);
});
