import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import fc from "fast-check";
import { PatternError } from "./regexp-parse.ts";
import { Regexp } from "./regexp.ts";

// no character beyond U+FFFF here: V8 also tries \B between the two halves of one
test("patterns of the supported kind match what JavaScript's match", () => {
  const piece = fc.constantFrom(
    ..."a|b|.|^|$|(|)|(?:|||[ab]|[^a]|[a-c-]|\\d|\\w|\\s|\\b|\\B|\\.|*|+|?|{2}|{1,2}|{2,}|*?|é|\\n|-|]"
      .split("|"),
  );
  const subject = fc.string({
    unit: fc.constantFrom("a", "b", "c", "1", " ", "é", "\n", "-", "."),
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), subject, (pieces, text) => {
      const source = pieces.join("");
      let regexp: Regexp;
      let theirs: RegExp;
      try {
        regexp = new Regexp(source);
        theirs = new RegExp(source, "u");
      } catch {
        return;
      }
      assert.equal(regexp.test(text), theirs.test(text), `${source} on ${JSON.stringify(text)}`);
    }),
    { numRuns: 20_000 },
  );
});

test("flags at the beginning hold for the whole pattern", () => {
  const table = [
    ["(?i)^abc$", "aBC", true],
    ["(?i)[^a]", "A", false],
    ["(?s)^a.b$", "a\nb", true],
    ["^a.b$", "a\nb", false],
    ["(?m)^b$", "a\nb", true],
    ["(?P<year>\\d{4})-\\d\\d", "2026-01", true],
    ["^\\u{1F600}\\x41$", "😀A", true],
    ["[^\\d\\s]", "1 2", false],
    ["a{0}", "", true],
    ["[]", "a", false],
  ] as const;
  for (const [source, text, matches] of table) {
    assert.equal(new Regexp(source).test(text), matches, `${source} on ${JSON.stringify(text)}`);
  }
});

test("what is not supported is refused with its place", () => {
  const table = [
    ["(?=a)", 1],
    ["(?<!a)", 1],
    ["(a)\\1", 4],
    ["a**", 3],
    ["*", 0],
    ["(", 1],
    [")", 0],
    ["[a", 2],
    ["[b-a]", 4],
    ["a{3,2}", 6],
    ["a{9999}", 7],
    ["\\", 1],
    ["\\p{L}", 1],
    ["(((a{100}){100}){100})", 0],
    ["a".repeat(1_001), 0],
  ] as const;
  for (const [source, offset] of table) {
    assert.throws(() => new Regexp(source), (error) => {
      assert.ok(error instanceof PatternError, source);
      assert.equal(error.offset, offset, source);
      return true;
    });
  }
});

test("patterns that make others hang are matched in linear time", () => {
  const text = `${"a".repeat(20_000)}!`;
  for (
    const source of [
      "^(a+)+$",
      "^(a|a)*$",
      "^(a|aa)+$",
      "a*a*a*a*a*b",
      "(.*)(.*)(.*)(.*)x",
      "((a*)*)*b",
    ]
  ) {
    const begin = performance.now();
    assert.equal(new Regexp(source).test(text), false, source);
    assert.ok(performance.now() - begin < 2_000, `${source} took ${performance.now() - begin} ms`);
  }
  assert.throws(() => new Regexp("(((){1000}){1000}){1000}a{1000}{1000}"), PatternError);
});
