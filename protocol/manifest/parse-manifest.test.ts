import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { moduleManifest } from "../../test/support/plugin-folder.ts";
import { checkManifest, parseManifest } from "./parse-manifest.ts";
import schema from "./plugin.schema.json" with { type: "json" };
import { compileSchema } from "./schema-check.ts";
import { pickProtocol } from "./version.ts";

test("a manifest that is right is answered, with what it leaves out", () => {
  const { manifest, problems } = checkManifest({ $schema: "x", ...moduleManifest() });
  deepEqual(problems, []);
  deepEqual(manifest, { ...moduleManifest(), capabilities: [] });
});

test("every kind of runtime has its own keys", () => {
  const runtimes = [
    { kind: "wasm", entry: "a/b.wasm" },
    { kind: "process", entry: "bin/plugin", args: ["--x"] },
    { kind: "container", image: "example.org/plugin:1" },
    { kind: "module", entry: "plugin.ts", class: "MyPlugin" },
  ];
  for (const runtime of runtimes) {
    deepEqual(checkManifest(moduleManifest({ runtime })).problems, [], runtime.kind);
  }
});

const WRONG: readonly (readonly [string, Record<string, unknown>, string, RegExp])[] = [
  ["an unknown key", { licence: "x" }, "/licence", /did you mean "license"\?/],
  ["a far unknown key", { zzz: 1 }, "/zzz", /unknown key "zzz"; known here: \$schema, id, /],
  ["an id in capitals", { id: "Sample" }, "/id", /a-z, 0-9 and -/],
  ["a version that is none", { version: "1.0" }, "/version", /semantic version/],
  ["a leading zero", { version: "01.0.0" }, "/version", /semantic version/],
  ["no protocol", { protocol: undefined }, "", /the key "protocol" is missing/],
  ["min above max", { protocol: { min: 2, max: 1 } }, "/protocol", /min 2 is greater/],
  [
    "an unknown interface",
    { interfaces: ["sheduler"] },
    "/interfaces/0",
    /did you mean "scheduler"/,
  ],
  ["an unknown runtime", { runtime: { kind: "jar" } }, "/runtime/kind", /one of "wasm"/],
  [
    "a key of another runtime",
    { runtime: { kind: "wasm", entry: "a.wasm", image: "x" } },
    "/runtime/image",
    /unknown key "image"/,
  ],
  [
    "a module without a class",
    { runtime: { kind: "module", entry: "a.ts" } },
    "/runtime",
    /"class"/,
  ],
  ["an unknown capability", { capabilities: ["network"] }, "/capabilities/0", /blob, secret:/],
  ["a capability twice", { capabilities: ["blob", "blob"] }, "/capabilities", /duplicate/],
  ["traits of nothing", { traits: { trigger: TRIGGER() } }, "/traits/trigger", /not in interfaces/],
  ["no traits", { traits: {} }, "/traits", /the traits of "secret_store" are missing/],
  [
    "an unknown trait",
    { traits: { secret_store: { writeable: true, versions: false } } },
    "/traits/secret_store/writeable",
    /did you mean "writable"\?/,
  ],
  [
    "a schema that is none",
    { configSchema: { type: "strng" } },
    "/configSchema",
    /not a JSON Schema/,
  ],
];

function TRIGGER() {
  return { pure: true, receives: false, watches: false };
}

for (const [what, keys, path, message] of WRONG) {
  test(`${what} is a problem at "${path}"`, () => {
    const { manifest, problems } = parseManifest(JSON.stringify(moduleManifest(keys)));
    equal(manifest, undefined);
    const found = problems.filter((it) => it.path === path && message.test(it.message));
    ok(found.length > 0, JSON.stringify(problems));
  });
}

test("a path that could lead out of the folder is refused", () => {
  const bad = [
    "/etc/x",
    "../x",
    "a/../x",
    "a/..",
    "./x",
    "a\\b",
    "a//b",
    "c:x",
    "a\u0000",
    "",
    "a/.",
  ];
  for (const entry of bad) {
    const { manifest } = checkManifest(moduleManifest({ runtime: { kind: "wasm", entry } }));
    equal(manifest, undefined, JSON.stringify(entry));
  }
  for (const entry of ["a.ts", "a/b/c.wasm", "a..b/c", "ü.ts", "a b.ts", "@x/y.ts"]) {
    const { problems } = checkManifest(moduleManifest({ runtime: { kind: "wasm", entry } }));
    deepEqual(problems, [], entry);
  }
});

test("capabilities name blobs, secrets and hosts", () => {
  const good = [
    "blob",
    "secret:a-b",
    "fetch:a.example",
    "fetch:*.a.example:8443",
    "fetch:10.0.0.1",
  ];
  deepEqual(checkManifest(moduleManifest({ capabilities: good })).problems, []);
  for (
    const it of [
      "blobs",
      "secret:",
      "secret:A",
      "secret:*",
      "fetch:",
      "fetch:*",
      "fetch:a.*",
      "fetch:http://a",
    ]
  ) {
    equal(checkManifest(moduleManifest({ capabilities: [it] })).manifest, undefined, it);
  }
});

test("what is no JSON, no object or too large is one problem", () => {
  match(parseManifest("{").problems[0]!.message, /is not JSON/);
  equal(parseManifest("[]").problems.length, 1);
  match(parseManifest(" ".repeat(300_000)).problems[0]!.message, /larger than/);
  equal(parseManifest('{"__proto__":{"id":"x"}}').manifest, undefined);
});

test("the reader never throws, and never answers what the schema refuses", () => {
  const check = compileSchema(schema);
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...Object.keys(moduleManifest())), fc.jsonValue())
      .map((keys) => moduleManifest(keys)),
  );
  fc.assert(fc.property(value, (it) => {
    const { manifest, problems } = parseManifest(JSON.stringify(it) ?? "");
    equal(manifest === undefined, problems.length > 0);
    if (manifest) deepEqual(check(manifest), []);
  }));
});

test("the highest protocol version that both speak is picked", () => {
  equal(pickProtocol({ min: 1, max: 1 }), 1);
  equal(pickProtocol({ min: 1, max: 9 }), 1);
  equal(pickProtocol({ min: 2, max: 9 }), undefined);
});

test("a schema that cannot be compiled is a problem", () => {
  const bad = [
    { type: "strng" },
    { properties: { a: { minimum: "1" } } },
    { additionalProperties: "no" },
    { required: "a" },
    { enum: "a" },
    { pattern: "(" },
    { $ref: "#/$defs/nowhere" },
    { allOf: {} },
  ];
  for (const configSchema of bad) {
    const { problems } = checkManifest(moduleManifest({ configSchema }));
    deepEqual(problems.map((it) => it.path), ["/configSchema"], JSON.stringify(configSchema));
  }
  const draft = { $schema: "http://json-schema.org/draft-07/schema#", type: "object" };
  deepEqual(checkManifest(moduleManifest({ configSchema: draft })).problems, []);
});

test("the schema of manifests is itself one", async () => {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const ajv = new Ajv2020({ strict: false });
  equal(ajv.validateSchema(schema), true);
});
