import { deepEqual, equal, ok } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type DescFile, type DescMessage, type DescService, ScalarType } from "@bufbuild/protobuf";
import { readShapes } from "../../test/support/kernel-shape.ts";
import { compareService } from "../../test/support/proto-mirror.ts";
import { file_errand_v1_host } from "../gen/errand/v1/host_pb.ts";
import { file_errand_v1_object_store } from "../gen/errand/v1/object_store_pb.ts";
import { file_errand_v1_plugin } from "../gen/errand/v1/plugin_pb.ts";
import { file_errand_v1_scheduler } from "../gen/errand/v1/scheduler_pb.ts";
import { file_errand_v1_secret_store } from "../gen/errand/v1/secret_store_pb.ts";
import { file_errand_v1_trigger } from "../gen/errand/v1/trigger_pb.ts";

const FILES: readonly DescFile[] = [
  file_errand_v1_plugin,
  file_errand_v1_host,
  file_errand_v1_scheduler,
  file_errand_v1_object_store,
  file_errand_v1_secret_store,
  file_errand_v1_trigger,
];

const KERNEL = join(import.meta.dirname!, "../../core/kernel");
const KERNEL_FILES = ["plugin", "scheduler", "object-store", "secret-store", "trigger"];

async function shapes(change: (source: string) => string = (it) => it) {
  const known = new Map();
  for (const name of KERNEL_FILES) {
    readShapes(change(await readFile(join(KERNEL, `${name}.ts`), "utf8")), known);
  }
  return known;
}

function services(): readonly DescService[] {
  return FILES.flatMap((it) => it.services);
}

test("there is a service for each interface of the kernel, and no other", async () => {
  const interfaces = [...await shapes()].filter(([, it]) =>
    it.is === "object" &&
    it.fields.some((field: { type: { is: string } }) => field.type.is === "method")
  );
  deepEqual(services().map((it) => it.name).sort(), interfaces.map(([name]) => name).sort());
  const protos = await readdir(join(import.meta.dirname!, "errand/v1"));
  equal(protos.length, FILES.length);
});

for (const service of services()) {
  test(`${service.name} mirrors the kernel's interface, field by field`, async () => {
    deepEqual(compareService(service, await shapes()), []);
  });
}

test("a difference to the kernel is found", async () => {
  const changes: readonly (readonly [string, string, RegExp])[] = [
    ["graceMs: number", "gracePeriodMs: number", /gracePeriodMs/],
    ["readonly cause: ", "readonly because: ", /because/],
    ['readonly kind: "wasm"', 'readonly kind: "python"', /kinds/],
    ["remove(attempt", "forget(attempt", /forget/],
    ["readonly gap: boolean", "readonly gap: string", /gap: is a BOOL/],
    ["readonly redact: readonly Bytes[]", "readonly redact: Bytes", /redact/],
    ["ifRevision: number | undefined", "ifRevision: number", /must not be optional/],
    ["readonly exit?: Exit", "readonly exit?: Change", /exit: is a Exit/],
    ["): Promise<WatchPage>", "): Promise<void>", /Watch response/],
  ];
  for (const [from, to, problem] of changes) {
    const known = await shapes((source) => source.replace(from, to));
    const found = services().flatMap((it) => compareService(it, known));
    ok(found.some((it) => problem.test(it)), `${from} → ${to}: ${found.join("; ") || "nothing"}`);
  }
});

test("the wire has no 64-bit integers, no enums, no streams", () => {
  const wide: string[] = [];
  for (const file of FILES) {
    deepEqual(file.enums, []);
    for (const message of file.messages) wide.push(...wideFields(message));
  }
  deepEqual(wide, []);
  for (const { methods } of services()) {
    for (const it of methods) equal(it.methodKind, "unary", it.name);
  }
});

function wideFields(message: DescMessage): readonly string[] {
  deepEqual(message.nestedEnums, []);
  const allowed = new Set([
    ScalarType.BOOL,
    ScalarType.BYTES,
    ScalarType.DOUBLE,
    ScalarType.INT32,
    ScalarType.STRING,
  ]);
  return message.fields.filter((it) => it.scalar !== undefined && !allowed.has(it.scalar))
    .map((it) => `${message.name}.${it.name}`);
}
