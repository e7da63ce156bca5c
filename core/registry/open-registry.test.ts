import { deepEqual, equal, match } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  moduleManifest,
  sampleSource,
  temporaryFolder,
  writeFiles,
} from "../../test/support/plugin-folder.ts";
import { openRegistry, type RegistryOptions } from "./open-registry.ts";

const signal = new AbortController().signal;
const ROOT = join(import.meta.dirname!, "../../plugins");

function optionsFor(path: string, over: Partial<RegistryOptions> = {}): RegistryOptions {
  return {
    roots: [{ dir: join(path, "plugins"), builtIn: true }],
    instances: {},
    grants: {},
    installation: "test",
    generation: 1,
    instancesDir: join(path, "instances"),
    ports: { log: () => {} },
    ...over,
  };
}

function plugin(id: string, keys: Readonly<Record<string, unknown>> = {}, members = "") {
  const manifest = moduleManifest({ id, ...keys });
  return { "plugin.json": manifest, "sample.ts": sampleSource(manifest, members) };
}

async function writePlugins(path: string, plugins: Readonly<Record<string, object>>) {
  for (const [name, files] of Object.entries(plugins)) {
    await writeFiles(join(path, "plugins", name), files as Record<string, string | object>);
  }
}

test("the built-in env store comes through the same door as anyone's", async () => {
  await using folder = await temporaryFolder();
  const roots = [{ dir: ROOT, builtIn: true }];
  const instances = { process: { plugin: "none" } }; // the scheduler has tests of its own
  const registry = await openRegistry(optionsFor(folder.path, { roots, instances }), signal);
  const { handle, reason } = registry.instances.find((it) => it.name === "env")!;
  equal(reason, undefined);
  process.env["ERRAND_SECRET_REGISTRY_TEST"] = "found";
  const ref = { namespace: "a", pipeline: "b", name: "registry-test", version: "" };
  const { values } = await handle!.secretStore!.get([ref], signal);
  delete process.env["ERRAND_SECRET_REGISTRY_TEST"];
  equal(Buffer.from(values[0]!.value).toString(), "found");
  equal(registry.plugins.find((it) => it.id === "env")?.state, "ready");
  await registry.close();
});

test("a built-in gets one instance of its own name, and a folder of its own", async () => {
  await using folder = await temporaryFolder();
  await writePlugins(folder.path, { "secret-store/one": plugin("one") });
  const registry = await openRegistry(optionsFor(folder.path), signal);
  deepEqual(registry.instances.map((it) => [it.name, it.plugin, it.state]), [[
    "one",
    "one",
    "ready",
  ]]);
  equal((await stat(join(folder.path, "instances/one"))).mode & 0o777, 0o700);
  const { sha256, ...line } = registry.plugins[0]!;
  match(sha256, /^[0-9a-f]{64}$/);
  deepEqual(line, {
    id: "one",
    version: "1.0.0",
    kind: "module",
    interfaces: ["secret_store"],
    grants: [],
    state: "ready",
  });
  await registry.close();
});

test("configured instances come first, with namespaces, and take the built-in's place", async () => {
  await using folder = await temporaryFolder();
  const configSchema = { type: "object", properties: { a: { type: "integer" } } };
  await writePlugins(folder.path, { one: plugin("one", { configSchema }) });
  const instances = {
    one: { config: { a: 1 } },
    team: { plugin: "one", namespaces: ["team"] },
  };
  const registry = await openRegistry(optionsFor(folder.path, { instances }), signal);
  deepEqual(registry.instances.map((it) => [it.name, it.state, it.namespaces]), [
    ["one", "ready", undefined],
    ["team", "ready", ["team"]],
  ]);
  equal(registry.instance("team")?.handle?.instance, "team");
  equal(registry.instance("none"), undefined);
  await registry.close();
});

test("a built-in that needs a configuration has no instance until one is configured", async () => {
  await using folder = await temporaryFolder();
  const configSchema = { type: "object", required: ["address"] };
  await writePlugins(folder.path, { one: plugin("one", { configSchema }) });
  const registry = await openRegistry(optionsFor(folder.path), signal);
  deepEqual(registry.instances, []);
  equal(registry.plugins[0]?.state, "ready");
});

test("a broken plugin is a line with its reason, never an error", async () => {
  await using folder = await temporaryFolder();
  await writePlugins(folder.path, {
    "a/no-json": { "plugin.json": "{" },
    "a/no-manifest": { "sample.ts": "" },
    "a/unknown-key": plugin("unknown-key", { licence: "x" }),
    "b/twin": plugin("good"),
    "a/good": plugin("good"),
    "a/huge": { "plugin.json": `"${"x".repeat(300_000)}"` },
  });
  const registry = await openRegistry(optionsFor(folder.path), signal);
  const lines = new Map(registry.plugins.map((it) => [it.id, it]));
  equal(lines.get("good")?.state, "ready");
  const reasons: Readonly<Record<string, RegExp>> = {
    "no-json": /is not JSON/,
    "no-manifest": /has no plugin\.json/,
    "unknown-key": /unknown key "licence"; did you mean "license"\?/,
    "twin": /its id good is that of/,
    "huge": /larger than/,
  };
  for (const [id, reason] of Object.entries(reasons)) {
    equal(lines.get(id)?.state, "refused", id);
    match(lines.get(id)?.reason ?? "", reason);
  }
  await registry.close();
});

test("an instance that cannot be opened is refused with its reason, the others run", async () => {
  await using folder = await temporaryFolder();
  await writePlugins(folder.path, {
    good: plugin("good"),
    bad: plugin("bad", {}, "async configure() { throw new Error('no backend'); }"),
  });
  const instances = {
    "typo": { plugin: "goood" },
    "Bad/Name": { plugin: "good" },
    "extra": { plugin: "good", config: { a: 1 } },
  };
  const registry = await openRegistry(optionsFor(folder.path, { instances }), signal);
  const reasons = new Map(registry.instances.map((it) => [it.name, it.reason ?? it.state]));
  match(reasons.get("typo")!, /no plugin goood; did you mean good\?/);
  match(reasons.get("Bad/Name")!, /an instance's name/);
  match(reasons.get("extra")!, /unknown key "a"/);
  match(reasons.get("bad")!, /bad: configure: no backend/);
  equal(reasons.get("good"), "ready");
  const states = new Map(registry.plugins.map((it) => [it.id, it.state]));
  deepEqual([states.get("bad"), states.get("good")], ["refused", "degraded"]);
  await registry.close();
});

test("a plugin that asks is pending until it is granted", async () => {
  await using folder = await temporaryFolder();
  await writePlugins(folder.path, { one: plugin("one", { capabilities: ["blob", "secret:a"] }) });
  const instances = { one: {} };
  const asked = await openRegistry(optionsFor(folder.path, { instances }), signal);
  deepEqual([asked.plugins[0]?.state, asked.plugins[0]?.pending], ["pending", [
    "blob",
    "secret:a",
  ]]);
  match(asked.instances[0]!.reason!, /nobody granted it blob, secret:a/);
  const grants = { one: ["blob", "secret:a", "secret:never-asked"] };
  const granted = await openRegistry(optionsFor(folder.path, { instances, grants }), signal);
  deepEqual([granted.plugins[0]?.state, granted.plugins[0]?.grants], ["ready", [
    "blob",
    "secret:a",
  ]]);
  await granted.close();
});

test("what is not built in is not run in the server's process", async () => {
  await using folder = await temporaryFolder();
  await writePlugins(folder.path, { one: plugin("one") });
  const roots = [{ dir: join(folder.path, "plugins"), builtIn: false }];
  const registry = await openRegistry(
    optionsFor(folder.path, { roots, instances: { one: {} } }),
    signal,
  );
  equal(registry.plugins[0]?.state, "refused");
  match(registry.instances[0]!.reason!, /only built-in ones/);
});

test("an absent root has no plugins, and the same content has the same digest", async () => {
  await using folder = await temporaryFolder();
  deepEqual((await openRegistry(optionsFor(folder.path), signal)).plugins, []);
  await writePlugins(folder.path, { one: plugin("one") });
  const open = async () => (await openRegistry(optionsFor(folder.path), signal)).plugins[0]!.sha256;
  const first = await open();
  equal(await open(), first);
  await writePlugins(folder.path, { one: { "extra.txt": "x" } });
  equal(await open() === first, false);
});
