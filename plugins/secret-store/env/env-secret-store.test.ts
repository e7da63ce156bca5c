import { deepEqual, equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { test } from "node:test";
import { checkManifest } from "../../../protocol/manifest/mod.ts";
import type { Host } from "../../../protocol/sdk/typescript/mod.ts";
import { EnvSecretStore } from "./env-secret-store.ts";
import manifest from "./plugin.json" with { type: "json" };

const NO_HOST = {} as Host;
const SCOPE = { namespace: "default", pipeline: "" };

function store(environment: Record<string, string | undefined>): EnvSecretStore {
  return new EnvSecretStore(NO_HOST, environment);
}

async function get(from: EnvSecretStore, name: string, version = ""): Promise<string | undefined> {
  const { values: [value] } = await from.get([{ ...SCOPE, name, version }]);
  return value!.found ? Buffer.from(value!.value).toString() : undefined;
}

test("a secret is the variable of its name, in capitals and with _ for -", async () => {
  const env = store({ ERRAND_SECRET_CRAWL_TOKEN: "öl", ERRAND_SECRET_KEY2: "two\nlines" });
  equal(await get(env, "crawl-token"), "öl");
  equal(await get(env, "key2"), "two\nlines");
});

test("values come in the order of the refs, missing ones are not found", async () => {
  const env = store({ ERRAND_SECRET_A: "1", ERRAND_SECRET_B: "2" });
  const refs = ["b", "nothing", "a"].map((name) => ({ ...SCOPE, name, version: "" }));
  const { values } = await env.get(refs);
  deepEqual(values.map((it) => it.found), [true, false, true]);
  deepEqual(values.map((it) => Buffer.from(it.value).toString()), ["2", "", "1"]);
});

test("a variable that is set to nothing, another variable or a version is not found", async () => {
  const env = store({ ERRAND_SECRET_EMPTY: "", ERRAND_TOKEN: "x", ERRAND_SECRET_A_B: "1" });
  equal(await get(env, "empty"), undefined);
  equal(await get(env, "token"), undefined);
  equal(await get(env, "a_b"), undefined);
  equal(await get(env, "A-B"), undefined);
  equal(await get(env, "a-b", "3"), undefined);
  equal(await get(env, "a-b"), "1");
});

test("the list has names only, in order, page by page", async () => {
  const env = store({
    ERRAND_SECRET_B: "2",
    ERRAND_SECRET_A_C: "1",
    ERRAND_SECRET_Z: "26",
    ERRAND_SECRET_EMPTY: "",
    ERRAND_SECRET_: "no name",
    PATH: "/bin",
  });
  const first = await env.list(SCOPE, { cursor: "", limit: 2 });
  deepEqual(first.names.map((it) => it.name), ["a-c", "b"]);
  const last = await env.list(SCOPE, { cursor: first.cursor, limit: 2 });
  deepEqual(last, { names: [{ ...SCOPE, name: "z", version: "" }], cursor: "" });
});

test("it reads the environment of the process unless it is given another", async () => {
  process.env["ERRAND_SECRET_OF_THE_ENV_TEST"] = "live";
  try {
    equal(await get(new EnvSecretStore(NO_HOST), "of-the-env-test"), "live");
  } finally {
    delete process.env["ERRAND_SECRET_OF_THE_ENV_TEST"];
  }
});

test("it cannot write, and says so", () => {
  const env: object = store({});
  equal("put" in env || "delete" in env, false);
  equal(manifest.traits.secret_store.writable, false);
  deepEqual(checkManifest(manifest).problems, []);
});
