import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import { describeSettings } from "./describe-settings.ts";
import { defaultDataDir, loadSettings, type SettingsInput } from "./load-settings.ts";

/** Settings over a data directory with this `server.yaml`. */
function load(t: TestContext, file: string | undefined, more: Partial<SettingsInput> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "errand-config-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  if (file !== undefined) writeFileSync(join(dataDir, "server.yaml"), file);
  return loadSettings({ flags: {}, env: {}, dataDir, ...more });
}

/** The message of a refusal without the path of the file. */
function refusal(
  t: TestContext,
  file: string | undefined,
  more: Partial<SettingsInput> = {},
): string {
  try {
    load(t, file, more);
  } catch (error) {
    assert.ok(error instanceof ErrandError, String(error));
    return `${error.code} ${error.message.replace(/\S*server\.yaml/, "server.yaml")}`;
  }
  throw new Error("nothing was refused");
}

test("without anything said every setting has its default", (t) => {
  const settings = load(t, undefined);
  assert.deepEqual(settings.listen, { host: "127.0.0.1", port: 7470 });
  assert.deepEqual(settings.retention, { runs: 10_000, ageMs: 90 * 86_400_000 });
  assert.equal(settings.maxLogBytes, 64 * 1024 * 1024);
  assert.ok(settings.slots >= 1);
  assert.deepEqual(settings.plugins, {});
  assert.deepEqual(settings.warnings, []);
  const { data, ...rest } = settings.sources;
  assert.equal(data, "flag");
  assert.deepEqual(new Set(Object.values(rest)), new Set(["default"]));
});

test("a flag goes before the environment, that before the file, that before the default", (t) => {
  const file = "slots: 2\nlogLevel: debug\nlogFormat: json\n";
  const settings = load(t, file, {
    flags: { slots: "4" },
    env: { ERRAND_SLOTS: "3", ERRAND_LOG_LEVEL: "error", ERRAND_LOG_FORMAT: "" },
  });
  assert.equal(settings.slots, 4);
  assert.equal(settings.logLevel, "error");
  assert.equal(settings.logFormat, "json");
  const { slots, logLevel, logFormat, listen } = settings.sources;
  assert.deepEqual({ slots, logLevel, logFormat, listen }, {
    slots: "flag",
    logLevel: "environment",
    logFormat: "file",
    listen: "default",
  });
});

test("the settings are frozen, all the way down", (t) => {
  const settings = load(t, "plugins: {a: {plugin: p, config: {x: {y: 1}}}}");
  assert.throws(() => Object.assign(settings, { slots: 1 }), TypeError);
  const inner = settings.plugins["a"]!.config["x"] as object;
  assert.throws(() => Object.assign(inner, { y: 2 }), TypeError);
});

test("every value of the file arrives decoded", (t) => {
  const settings = load(
    t,
    `listen: "[::1]:0"
slots: 8
retention: {runs: 5, age: 2w}
maxLogBytes: 1GiB
plugins:
  big-box:
    plugin: errand.process
    namespaces: [default, team-a]
    config: {runAs: builder, slots: 16}
`,
  );
  assert.deepEqual(settings.listen, { host: "::1", port: 0 });
  assert.equal(settings.slots, 8);
  assert.deepEqual(settings.retention, { runs: 5, ageMs: 14 * 86_400_000 });
  assert.equal(settings.maxLogBytes, 2 ** 30);
  assert.deepEqual(settings.plugins, {
    "big-box": {
      plugin: "errand.process",
      namespaces: ["default", "team-a"],
      config: { runAs: "builder", slots: 16 },
    },
  });
});

for (
  const [file, message] of [
    ["slot: 3\n", /^invalid server\.yaml:1:1: unknown key slot: did you mean slots\?$/],
    [
      "\nretention:\n  run: 3\n",
      /server\.yaml:3:3: unknown key retention\.run: did you mean runs\?$/,
    ],
    [
      "slots: many\n",
      /server\.yaml:1:8: slots: expected a whole number from 1 to 10000, found "many"$/,
    ],
    ['slots: "3"\n', /1:8: slots: expected a whole number/],
    ["slots:\n", /slots: expected a whole number .*, found (null|nothing)$/],
    ["allowRemote: yes\n", /1:14: allowRemote: expected true or false, found "yes"$/],
    ["logFormat: xml\n", /expected one of text, json, found "xml"/],
    [
      "retention: {age: 90}\n",
      /1:18: retention\.age: expected a duration with its unit, .*, found 90$/,
    ],
    ["maxLogBytes: 64\n", /expected a size with its unit, such as 64MiB/],
    ["listen: 7470\n", /1:9: listen: expected HOST:PORT/],
    ["retention: 3\n", /1:12: retention: expected settings/],
    ["- a\n", /1:1: expected settings/],
    ["slots: 1\nslots: 2\n", /^invalid server\.yaml:2:1: /],
    ["slots: [\n", /^invalid server\.yaml:\d+:\d+: /],
    ["plugins: {Bad Name: {plugin: p}}\n", /1:11: plugins: expected a name/],
    ["plugins: {a: {config: {}}}\n", /1:11: plugins\.a: plugin: ID is missing$/],
    [
      "plugins: {a: {plugin: p, confg: {}}}\n",
      /unknown key plugins\.a\.confg: did you mean config\?/,
    ],
    ["plugins: {a: {plugin: p, namespaces: []}}\n", /expected a list of namespaces/],
    ["plugins: {a: {plugin: p, namespaces: [1]}}\n", /expected a list of namespaces/],
  ] as const
) {
  test(`server.yaml ${JSON.stringify(file)} is refused with its place`, (t) => {
    assert.match(refusal(t, file), message);
  });
}

test("a refusal has file, line and column as facts", (t) => {
  try {
    load(t, "\n\n  slot: 1\n");
    assert.fail();
  } catch (error) {
    assert.ok(error instanceof ErrandError);
    assert.equal(error.facts["line"], 3);
    assert.equal(error.facts["column"], 3);
  }
});

test("aliases work inside a plugin's configuration, a bomb of them is refused", (t) => {
  const file = "plugins: {a: {plugin: p, config: {x: &x [1], y: *x}}}";
  assert.deepEqual(load(t, file).plugins["a"]?.config, { x: [1], y: [1] });
  const levels = Array.from(
    { length: 9 },
    (_, i) => `        l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
  );
  const bomb = `plugins:\n  a:\n    plugin: p\n    config:\n        l0: &l0 [x]\n${
    levels.join("\n")
  }\n`;
  assert.match(refusal(t, bomb), /^invalid server\.yaml:\d+:\d+: .*alias/i);
});

test("an empty file and one with comments only say nothing", (t) => {
  assert.equal(load(t, "").sources["slots"], "default");
  assert.equal(load(t, "# nothing yet\n").sources["slots"], "default");
});

test("a value of a flag or a variable that is none says which one and what was wanted", (t) => {
  assert.equal(
    refusal(t, undefined, { flags: { slots: "0" } }),
    'invalid --slots: expected a whole number from 1 to 10000, found "0"',
  );
  assert.match(
    refusal(t, undefined, { env: { ERRAND_MAX_LOG_BYTES: "64" } }),
    /^invalid ERRAND_MAX_LOG_BYTES: expected a size with its unit/,
  );
  assert.match(refusal(t, undefined, { flags: { nonsense: "1" } }), /nonsense is no setting/);
});

test("variables of others are left alone, one that is nearly a setting's is a warning", (t) => {
  const env = {
    ERRAND_URL: "x",
    ERRAND_TOKEN: "x",
    ERRAND_SECRET_SLOTS: "x",
    ERRAND_SOMETHING_OF_SOMEBODY_ELSE: "x",
    ERRAND_LISTN: "x",
    PATH: "x",
  };
  const { warnings } = load(t, undefined, { env });
  assert.deepEqual(warnings, ["the variable ERRAND_LISTN is ignored: did you mean ERRAND_LISTEN?"]);
});

for (const listen of ["0.0.0.0:80", "[::]:80", "192.168.1.4:80", "example.org:80"]) {
  test(`listening on ${listen} has to be allowed`, (t) => {
    assert.match(refusal(t, undefined, { flags: { listen } }), /^denied .*--allow-remote/);
    const settings = load(t, undefined, { flags: { listen, allowRemote: "true" } });
    assert.equal(settings.listen.port, 80);
  });
}

for (const listen of ["127.0.0.1:0", "127.8.0.1:1", "localhost:65535", "[::1]:0"]) {
  test(`listening on ${listen} needs no leave`, (t) => {
    assert.ok(load(t, undefined, { flags: { listen } }));
  });
}

for (const listen of ["127.0.0.1:65536", ":80", "127.0.0.1", "127.0.0.1:x", "::1:80", "a b:1"]) {
  test(`${listen} is no address to listen on`, (t) => {
    assert.match(refusal(t, undefined, { flags: { listen } }), /expected HOST:PORT/);
  });
}

test("the data directory is found by flag, variable, default", () => {
  assert.equal(defaultDataDir({ XDG_STATE_HOME: "/s", HOME: "/h" }, false), "/s/errand");
  assert.equal(defaultDataDir({ HOME: "/h" }, false), "/h/.local/state/errand");
  assert.equal(defaultDataDir({ HOME: "/h" }, true), "/var/lib/errand");
  assert.throws(() => defaultDataDir({}, false), /give --data DIR/);
  const env = { ERRAND_DATA: "/nowhere/b", HOME: "/h" };
  const where = (input: Partial<SettingsInput>) => {
    const { data, sources } = loadSettings({ flags: {}, env: {}, ...input });
    return [data, sources["data"]];
  };
  assert.deepEqual(where({ flags: { data: "/nowhere/a" }, env }), ["/nowhere/a", "flag"]);
  assert.deepEqual(where({ env }), ["/nowhere/b", "environment"]);
  assert.deepEqual(where({ env, dataDir: "/nowhere/b" }), ["/nowhere/b", "environment"]);
  assert.deepEqual(where({ env, dataDir: "/nowhere/c" }), ["/nowhere/c", "flag"]);
  assert.deepEqual(where({ dataDir: "/nowhere/c" }), ["/nowhere/c", "flag"]);
});

test("errand config shows each setting as it is written, and no secret", (t) => {
  const settings = load(
    t,
    `retention: {age: 36h}
plugins:
  store:
    plugin: s3
    config: {endpoint: "http://x", accessKey: AK, secretKey: SK, nested: {apiToken: T}, keyFile: /k, key: K}
`,
    { flags: { listen: "[::1]:0" }, env: { ERRAND_MAX_LOG_BYTES: "3MB" } },
  );
  const defaults = describeSettings(load(t, undefined));
  assert.equal(defaults.find(({ name }) => name === "retention.age")?.value, "90d");
  const shown = new Map(describeSettings(settings).map((one) => [one.name, one]));
  assert.deepEqual(shown.get("listen"), { name: "listen", value: "[::1]:0", source: "flag" });
  assert.deepEqual(shown.get("retention.age"), {
    name: "retention.age",
    value: "1d12h",
    source: "file",
  });
  assert.deepEqual(shown.get("maxLogBytes")?.source, "environment");
  assert.equal(shown.get("maxLogBytes")?.value, "3000000B");
  const text = JSON.stringify(shown.get("plugins")?.value);
  assert.doesNotMatch(text, /AK|SK|"T"|"K"/);
  assert.match(text, /http:\/\/x/);
  assert.match(text, /"keyFile":"\/k"/);
});
