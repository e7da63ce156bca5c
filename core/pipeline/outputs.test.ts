import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_OUTPUT_BYTES, type OutputType, parseOutputs } from "./mod.ts";

const declared: Readonly<Record<string, OutputType>> = {
  text: "string",
  count: "integer",
  ok: "boolean",
  pages: "json",
  "a-b": "string",
};

test("outputs are read by their declared types", () => {
  const table = [
    ["", {}],
    ["\n  \n", {}],
    ["text=a = b", { text: "a = b" }],
    ["text=\ncount=-12\nok=true\na-b=x", { text: "", count: -12, ok: true, "a-b": "x" }],
    ["text=first\ntext=second\n", { text: "second" }],
    ["text<<EOF\nline 1\n\ncount=3\nEOF\nok=false\n", { text: "line 1\n\ncount=3", ok: false }],
    ["text<<EOF\nEOF", { text: "" }],
    ['pages=[{"url":"/a"}]', { pages: [{ url: "/a" }] }],
    ['pages<<END\n{\n  "a": null\n}\nEND\n', { pages: { a: null } }],
    ["text=spaces stay  ", { text: "spaces stay  " }],
  ] as const;
  for (const [content, outputs] of table) {
    assert.deepEqual(parseOutputs(content, declared), { outputs }, content);
    assert.deepEqual(
      parseOutputs(new TextEncoder().encode(content), declared),
      { outputs },
      content,
    );
  }
});

test("outputs that do not parse or fit are an error that says which", () => {
  const table: readonly (readonly [string | Uint8Array, RegExp])[] = [
    ["no sign", /^outputs, line 1: expected name=value or name<<EOF, found "no sign"$/],
    ["\n\n =x", /^outputs, line 3: /],
    ["9x=1", /^outputs, line 1: /],
    ["txt=1", /^output txt is not declared; did you mean text\?$/],
    ["__proto__=1", /^output __proto__ is not declared/],
    ["constructor=1", /^output constructor is not declared/],
    ["count=1.5", /^output count: expected an integer, found "1.5"$/],
    ["count=", /^output count: expected an integer, found ""$/],
    ["count=9007199254740993", /^output count: expected an integer/],
    ["ok=yes", /^output ok: expected true or false, found "yes"$/],
    ["pages={", /^output pages: expected JSON, found "\{"$/],
    ["pages=1e999", /^output pages: a number is too large for JSON$/],
    ['pages={"a":{"__proto__":1}}', /^output pages: the key __proto__ is not allowed$/],
    [`pages=${"[".repeat(200)}${"]".repeat(200)}`, /^output pages: it nests deeper than 100$/],
    [`pages=${"[".repeat(400_000)}`, /^output pages: expected JSON/],
    ["text<<EOF\nabc", /^outputs, line 1: text<<"EOF" is never closed$/],
    ["text<<\nabc", /^outputs, line 1: text<<"" is never closed$/],
    [
      new Uint8Array([116, 101, 120, 116, 61, 0xff]),
      /^outputs: expected UTF-8, found other bytes$/,
    ],
    [
      `text=${"x".repeat(MAX_OUTPUT_BYTES)}`,
      /^outputs: expected at most 1048576 bytes, found 1048581$/,
    ],
  ];
  for (const [content, error] of table) {
    const parsed = parseOutputs(content, declared);
    assert.ok("error" in parsed, String(content).slice(0, 40));
    assert.match(parsed.error, error);
  }
});

test("many blocks that are never closed cost no more than reading them", () => {
  const parsed = parseOutputs("text<<EOF\nEOF\n".repeat(70_000), declared);
  assert.deepEqual(parsed, { outputs: { text: "" } });
});

test("any text and any bytes are either outputs or an error", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array()), (content) => {
    const parsed = parseOutputs(content, declared);
    assert.ok("outputs" in parsed || typeof parsed.error === "string");
  }));
});

test("what a task writes as a block comes back as it was", () => {
  fc.assert(fc.property(fc.string(), (value) => {
    fc.pre(!value.split("\n").includes("EOF"));
    assert.deepEqual(parseOutputs(`text<<EOF\n${value}\nEOF\n`, declared), {
      outputs: { text: value },
    });
  }));
});
