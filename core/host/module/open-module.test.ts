import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ErrandError, type ErrorCode, PluginError } from "../../../protocol/errors.ts";
import { checkManifest } from "../../../protocol/manifest/mod.ts";
import {
  moduleManifest,
  sampleSource,
  temporaryFolder,
  writeFiles,
} from "../../../test/support/plugin-folder.ts";
import type { PluginLogEntry } from "../services/mod.ts";
import { openModule } from "./open-module.ts";

const signal = new AbortController().signal;

interface Sample {
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly config?: unknown;
  /** Members of the class, or a whole source in place of it. */
  readonly members?: string;
  readonly source?: string;
}

async function opening(dir: string, sample: Sample = {}) {
  const keys = moduleManifest(sample.manifest);
  const { manifest, problems } = checkManifest(keys);
  deepEqual(problems, []);
  const source = sample.source ?? sampleSource(keys, sample.members);
  await writeFiles(dir, { "sample.ts": source });
  const entries: PluginLogEntry[] = [];
  const options = {
    manifest: manifest!,
    dir,
    instance: "mine",
    installation: "test",
    generation: 1,
    dataDir: "",
    config: sample.config ?? {},
    grants: [],
    ports: { log: (entry: PluginLogEntry) => void entries.push(entry) },
  };
  return { options, entries };
}

async function refused(sample: Sample, code: ErrorCode, message: RegExp): Promise<Error> {
  await using folder = await temporaryFolder();
  const { options } = await opening(folder.path, sample);
  return await refusedWith(openModule(options, signal), code, message);
}

async function refusedWith(call: Promise<unknown>, code: ErrorCode, message: RegExp) {
  const reason = await call.then(() => undefined, (it: unknown) => it);
  ok(reason instanceof PluginError || reason instanceof ErrandError, `it is ${reason}`);
  match(reason.message, message);
  equal(reason.code, code);
  return reason;
}

test("a module is opened, and called through its interfaces", async () => {
  await using folder = await temporaryFolder();
  const { options } = await opening(folder.path);
  const handle = await openModule(options, signal);
  const ref = { namespace: "default", pipeline: "", name: "token", version: "" };
  const { values } = await handle.secretStore!.get([ref], signal);
  equal(Buffer.from(values[0]!.value).toString(), "token of mine");
  deepEqual(handle.traits.secret_store, { writable: false, versions: false });
  deepEqual([handle.protocol, handle.description.id], [1, "sample"]);
  deepEqual([handle.scheduler, handle.objectStore, handle.trigger], [
    undefined,
    undefined,
    undefined,
  ]);
  equal("put" in handle.secretStore!, false);
  await handle.close();
  await handle.close();
  await refusedWith(handle.secretStore!.get([ref], signal), "unavailable", /mine: get: .*closed/);
});

test("a plugin of several interfaces has a property for each", async () => {
  const store = "async put() {} async read() {} async head() {} async delete() {} " +
    "async list() { return { objects: [], cursor: 'objects' }; } async createUpload() {} " +
    "async uploadPart() {} async completeUpload() {} async abortUpload() {} async sweepUploads() {}";
  const manifest = {
    interfaces: ["secret_store", "object_store"],
    traits: {
      secret_store: { writable: false, versions: false },
      object_store: { partBytes: { min: 1, max: 100 }, presign: false },
    },
  };
  await using folder = await temporaryFolder();
  const members = `secretStore = this; objectStore = { ${
    store.replaceAll("} async", "}, async")
  } };`;
  const { options } = await opening(folder.path, { manifest, members });
  const handle = await openModule(options, signal);
  const page = { cursor: "", limit: 1 };
  equal((await handle.objectStore!.list("", page, signal)).cursor, "objects");
  equal((await handle.secretStore!.list({ namespace: "", pipeline: "" }, page, signal)).cursor, "");
  await handle.close();
  await refused({ manifest }, "invalid", /no property secretStore/);
});

test("a configuration is checked by the plugin's schema, with hints", async () => {
  const manifest = {
    configSchema: {
      type: "object",
      additionalProperties: false,
      required: ["address"],
      properties: { address: { type: "string" }, region: { enum: ["eu", "us"] } },
    },
  };
  const config = { adress: "x", region: "mars" };
  const error = await refused({ manifest, config }, "invalid", /mine is not right/);
  ok(error instanceof ErrandError);
  deepEqual((error.facts["problems"] as { path: string }[]).map((it) => it.path).sort(), [
    "",
    "/adress",
    "/region",
  ]);
  match(error.message, /did you mean "address"\?/);
  await refused({ config: { any: 1 } }, "invalid", /unknown key "any"/);
});

test("what a plugin finds wrong with its configuration is reported", async () => {
  const members = "async configure() { return { problems: [{ path: '/a', message: 'is odd' }] }; }";
  await refused({ members }, "invalid", /\/a is odd/);
});

test("a module that is not what its manifest says is refused", async () => {
  await refused(
    { source: "export const other = 1;" },
    "invalid",
    /no class Sample; it exports other/,
  );
  await refused({ source: "throw new Error('boom at load');" }, "invalid", /mine: .*boom at load/);
  await refused({ source: "export class Sample {}" }, "invalid", /lacks info/);
  const thrower = "export class Sample { constructor() { throw new Error('no'); } }";
  await refused({ source: thrower }, "internal", /mine: no/);
  await refused({ members: "get = undefined;" }, "invalid", /secret_store lacks the method get/);
  const info =
    "async info() { return { id: 'other', version: '1.0.0', protocol: { min: 1, max: 1 }, " +
    "interfaces: ['secret_store'], traits: '{}', configSchema: '', taskSchema: '{}' }; }";
  const error = await refused({ members: info }, "invalid", /info\(\) says id "other"/);
  match(error.message, /traits/);
  const traits = { secret_store: { writable: true, versions: false } };
  await refused({ manifest: { traits } }, "invalid", /declares writable, but lacks the method put/);
});

test("a plugin that speaks another protocol is refused", async () => {
  await refused({ manifest: { protocol: { min: 2, max: 3 } } }, "unsupported", /newer server/);
});

test("another door is refused", async () => {
  const manifest = { runtime: { kind: "wasm", entry: "sample.wasm" } };
  await refused({ manifest }, "unsupported", /wasm/);
});

test("a plugin that is down is shut down again and refused", async () => {
  const members = "async health() { return { state: 'down', message: 'no server' }; } " +
    "async shutdown() { globalThis.__sampleDown = true; }";
  await refused({ members }, "unavailable", /mine is down: no server/);
  equal(Reflect.get(globalThis, "__sampleDown"), true);
});

test("a failing shutdown is logged", async () => {
  await using folder = await temporaryFolder();
  const members = "async shutdown() { throw new Error('stuck'); }";
  const { options, entries } = await opening(folder.path, { members });
  await (await openModule(options, signal)).close();
  match(entries[0]!.message, /did not shut down: mine: shutdown: stuck/);
});

test("an entry that is absent, no file, or leads out of the folder is refused", async () => {
  await using outside = await temporaryFolder();
  await using folder = await temporaryFolder();
  const { options } = await opening(folder.path);
  const open = (entry: string) => {
    const runtime = { kind: "module" as const, entry, class: "Sample" };
    return openModule({ ...options, manifest: { ...options.manifest, runtime } }, signal);
  };
  await refusedWith(open("absent.ts"), "not_found", /no file absent\.ts/);
  await writeFile(join(outside.path, "evil.ts"), "export class Sample {}");
  await symlink(join(outside.path, "evil.ts"), join(folder.path, "link.ts"));
  await refusedWith(open("link.ts"), "denied", /leads out/);
  await refusedWith(open("../evil.ts"), "not_found", /no file/);
});

test("the plugin gets what its configure request says", async () => {
  await using folder = await temporaryFolder();
  const members = "async list() { return { names: [], cursor: JSON.stringify(this.request) }; }";
  const manifest = { configSchema: { type: "object" } };
  const { options } = await opening(folder.path, { members, manifest, config: { a: [1] } });
  const handle = await openModule({ ...options, generation: 4, dataDir: "/d" }, signal);
  const page = { cursor: "", limit: 1 };
  const { cursor } = await handle.secretStore!.list({ namespace: "", pipeline: "" }, page, signal);
  deepEqual(JSON.parse(cursor), {
    instance: "mine",
    installation: "test",
    generation: 4,
    protocol: 1,
    dataDir: "/d",
    config: '{"a":[1]}',
  });
  await handle.close();
});
