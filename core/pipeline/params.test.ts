import assert from "node:assert/strict";
import { test } from "node:test";
import { checkParams, coerceParam, type JsonValue, type Param } from "./mod.ts";

const params: Readonly<Record<string, Param>> = {
  url: { type: "string", required: true, pattern: "^https?://", maxLength: 40 },
  depth: { type: "integer", required: false, default: 2, minimum: 1, maximum: 5 },
  rate: { type: "number", required: false },
  mode: { type: "string", required: false, default: "fast", enum: ["fast", "slow"] },
  dry: { type: "boolean", required: false, default: false },
};

test("defaults are filled in and optional parameters stay out", () => {
  assert.deepEqual(checkParams({ params }, { url: "http://a" }), {
    params: { url: "http://a", depth: 2, mode: "fast", dry: false },
    problems: [],
  });
  const given = { url: "https://b", depth: 5, rate: 0.5, mode: "slow", dry: true };
  assert.deepEqual(checkParams({ params }, given), { params: given, problems: [] });
});

test("what does not fit is named by a JSON pointer", () => {
  const table: readonly (readonly [unknown, string, RegExp])[] = [
    [{}, "/url", /^it is required, and has no default$/],
    [{ url: 5 }, "/url", /^expected a text, found the number 5$/],
    [
      { url: "ftp://x" },
      "/url",
      /^expected a text that matches \^https\?:\/\/, found "ftp:\/\/x"$/,
    ],
    [{ url: `http://${"x".repeat(40)}` }, "/url", /^expected at most 40 characters, found 47$/],
    [{ url: "http://\0" }, "/url", /NUL/],
    [{ url: "http://a", depth: 0 }, "/depth", /^expected at least 1, found 0$/],
    [{ url: "http://a", depth: 6 }, "/depth", /^expected at most 5, found 6$/],
    [{ url: "http://a", depth: 1.5 }, "/depth", /^expected an integer, found the number 1.5$/],
    [{ url: "http://a", depth: "3" }, "/depth", /^expected an integer, found "3"$/],
    [{ url: "http://a", depth: null }, "/depth", /^expected an integer, found null$/],
    [{ url: "http://a", rate: [] }, "/rate", /^expected a number, found a list$/],
    [
      { url: "http://a", mode: "medium" },
      "/mode",
      /^expected one of "fast", "slow", found "medium"$/,
    ],
    [{ url: "http://a", dry: "yes" }, "/dry", /^expected true or false, found "yes"$/],
    [
      { url: "http://a", "de/pth": 1 },
      "/de~1pth",
      /^there is no parameter "de\/pth"; did you mean depth\?$/,
    ],
    [
      JSON.parse('{"url":"http://a","__proto__":1}'),
      "/__proto__",
      /^there is no parameter "__proto__"/,
    ],
    [{ url: "http://a", constructor: 1 }, "/constructor", /^there is no parameter "constructor"/],
    [[], "", /^expected an object of parameters by name$/],
    [null, "", /^expected an object/],
  ];
  for (const [given, path, message] of table) {
    const { problems } = checkParams({ params }, given);
    assert.equal(problems.length, 1, JSON.stringify(given));
    assert.equal(problems[0]!.path, path);
    assert.match(problems[0]!.message, message);
  }
});

test("texts of the command line become values of the parameter's type", () => {
  const table: readonly (readonly [Param["type"], string, JsonValue])[] = [
    ["string", "3", "3"],
    ["integer", "3", 3],
    ["integer", "-3", -3],
    ["integer", "3.0", "3.0"],
    ["integer", "0x10", "0x10"],
    ["integer", "9007199254740993", "9007199254740993"],
    ["integer", "", ""],
    ["number", "1.50", 1.5],
    ["number", "1e3", 1000],
    ["number", "1e999", "1e999"],
    ["number", "NaN", "NaN"],
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["boolean", "yes", "yes"],
  ];
  for (const [type, text, value] of table) {
    assert.equal(coerceParam({ type, required: true }, text), value, `${type} ${text}`);
  }
});
