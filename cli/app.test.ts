import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { ErrandError, ERROR_CODES, type ErrorCode } from "../protocol/errors.ts";
import { runCli } from "./app.ts";
import { COMMAND_GROUPS, COMMANDS } from "./table.ts";
import { fakePorts } from "./testing/fake-client.ts";
import { memoryProcess } from "./testing/memory-process.ts";

const routes = Object.entries(COMMANDS).flatMap(([name, entry]) =>
  "verbs" in entry ? [[name], ...Object.keys(entry.verbs).map((verb) => [name, verb])] : [[name]]
);

test("help of every command is as the snapshot says, and has an example", async () => {
  const texts: string[] = [];
  for (const route of [[], ...routes]) {
    const { context, out } = memoryProcess();
    assert.equal(await runCli([...route, "--help"], context), 0);
    texts.push(`$ errand ${[...route, "--help"].join(" ")}\n${out()}`);
    if (!("verbs" in (COMMANDS[route[0] ?? ""] ?? {})) || route.length > 1) {
      assert.match(out(), /EXAMPLES\n {2}.*errand/);
    }
  }
  const file = new URL("./__snapshots__/help.txt", import.meta.url);
  const text = texts.join("\n");
  if (process.env["UPDATE_SNAPSHOTS"]) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
});

test("the list of commands names each once", () => {
  const listed = COMMAND_GROUPS.flatMap(({ commands }) => commands);
  assert.deepEqual([...listed].sort(), Object.keys(COMMANDS).sort());
});

const wrong: readonly (readonly [argv: string, says: RegExp])[] = [
  ["rusn", /no command "rusn" \(did you mean run or runs\?\): `errand --help`/],
  ["constructor", /no command "constructor"/],
  ["pipeline lst", /no command "lst" \(did you mean list\?\)/],
  ["runs --limti 3", /no option --limti \(did you mean --limit\?\); `errand runs --help`/],
  ["runs --limit 0", /limit: wanted a number from 1 to 500, found "0"/],
  ["runs --state done", /--state: wanted one of queued running .*, found "done"/],
  ["runs -x", /no option -x/],
  ["runs --limit", /--limit wants a value/],
  ["runs Bad_Name", /PIPELINE: wanted a name/],
  ["run", /PIPELINE is missing/],
  ["run a b", /one argument too many: "b"/],
  ["run a --param b", /param: wanted NAME=VALUE, found "b"/],
  ["show a#b", /RUN: wanted an id, PIPELINE, PIPELINE#NUMBER or @last/],
  ["do", /Expected at least 1|CMD is missing/],
  ["completion tcsh", /SHELL: wanted one of bash, zsh, fish, found "tcsh"/],
];
for (const [argv, says] of wrong) {
  test(`errand ${argv} is a usage error: exit code 2, nothing on stdout`, async () => {
    const { context, out, err } = memoryProcess();
    assert.equal(await runCli(argv.split(" "), context), 2);
    assert.match(err(), says);
    assert.equal(out(), "");
  });
}

for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
  test(`a call that ends in ${code} exits with ${ERROR_CODES[code].exit} and one sentence`, async () => {
    const { context, out, err } = memoryProcess({
      ports: fakePorts({
        runs: { get: () => Promise.reject(new ErrandError(code, "the sentence")) },
      }),
    });
    assert.equal(await runCli(["show", "hello"], context), ERROR_CODES[code].exit);
    if (code !== "internal") assert.equal(err(), "errand: the sentence\n");
    assert.equal(out(), "");
  });
}

test("a fault of ours exits with 70 and shows where", async () => {
  const { context, err } = memoryProcess({
    ports: fakePorts({ runs: { get: () => Promise.reject(new TypeError("oh")) } }),
  });
  assert.equal(await runCli(["show", "hello"], context), 70);
  assert.match(err(), /a fault of errand's own, please report it: TypeError: oh\n/);
});

test("a wrong command after a good one in the same process has its own exit code", async () => {
  const { context } = memoryProcess();
  assert.equal(await runCli(["version"], context), 0);
  assert.equal(await runCli(["nonsense"], context), 2);
  assert.equal(await runCli(["version"], context), 0);
});

test("global options may stand before the command", async () => {
  const ports = fakePorts({
    runs: { list: () => Promise.resolve({ items: [] }) },
  });
  const { context, out, err } = memoryProcess({ ports });
  assert.equal(await runCli(["-n", "team", "--json", "runs"], context), 0);
  assert.equal(ports.opened[0]?.namespace, "team");
  assert.deepEqual([out(), err()], ["", ""]);
});

test("the namespace comes from the option, else the environment, else is default", async () => {
  const ports = fakePorts({ runs: { list: () => Promise.resolve({ items: [] }) } });
  const env = { ERRAND_NAMESPACE: "blue" };
  await runCli(["runs"], memoryProcess({ ports }).context);
  await runCli(["runs"], memoryProcess({ ports, env }).context);
  await runCli(["runs", "--namespace", "red"], memoryProcess({ ports, env }).context);
  assert.deepEqual(ports.opened.map(({ namespace }) => namespace), ["default", "blue", "red"]);
});

test("`errand help COMMAND` and `errand --version` do what they say", async () => {
  const help = memoryProcess();
  assert.equal(await runCli(["help", "run"], help.context), 0);
  assert.match(help.out(), /^USAGE\n {2}errand run/);
  const version = memoryProcess();
  assert.equal(await runCli(["--version"], version.context), 0);
  assert.match(version.out(), /^\d+\.\d+\.\d+\n$/);
});
