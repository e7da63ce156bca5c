import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_PATTERN_BYTES, MIN_PATTERN_BYTES, redactForms } from "./redact-forms.ts";
import { maskAll } from "../plugins/scheduler/process/testing/mask-all.ts";

const secret = fc.uint8Array({ minLength: 6, maxLength: 60 }).map((it) => Buffer.from(it));
const around = fc.uint8Array({ maxLength: 10 }).map((it) => Buffer.from(it));

/** How a program may show a secret inside something longer. */
const ENCODINGS: Readonly<Record<string, (whole: Buffer) => string>> = {
  exact: (it) => it.toString("latin1"),
  "lower hex": (it) => it.toString("hex"),
  "upper hex": (it) => it.toString("hex").toUpperCase(),
};

test("every encoding of a text that holds a secret is masked where the secret is", () => {
  fc.assert(fc.property(around, secret, around, (before, value, after) => {
    for (const [name, encode] of Object.entries(ENCODINGS)) {
      const shown = maskAll(encode(Buffer.concat([before, value, after])), redactForms([value]));
      ok(!shown.includes(encode(value)), `${name}: ${shown}`);
      ok(shown.includes("***"), name);
    }
  }));
});

test("base64 is masked at every alignment, but for the two characters that others share", () => {
  fc.assert(fc.property(around, secret, around, (before, value, after) => {
    for (const alphabet of ["base64", "base64url"] as const) {
      const text = Buffer.concat([before, value, after]).toString(alphabet);
      const from = Math.ceil(before.length * 8 / 6);
      const to = Math.floor((before.length + value.length) * 8 / 6);
      const core = text.slice(from, to);
      ok(!maskAll(text, redactForms([value])).includes(core), `${alphabet} ${core}`);
    }
  }));
});

test("a secret alone leaves nothing of its base64, with or without a line feed behind it", () => {
  for (const value of ["hunter2", "hunter22", "hunter222", "p?>?>?ss".repeat(20)]) {
    for (const text of [value, `${value}\n`]) {
      for (const alphabet of ["base64", "base64url"] as const) {
        const shown = maskAll(
          Buffer.from(text).toString(alphabet),
          redactForms([Buffer.from(value)]),
        );
        equal(shown.replaceAll("=", ""), "***");
      }
    }
  }
});

test("base64 in lines of 64 and of 76 characters leaves nothing", () => {
  const value = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyz".repeat(8));
  for (const length of [64, 76]) {
    const lines = value.toString("base64").match(new RegExp(`.{1,${length}}`, "g"))!;
    const shown = maskAll(lines.join("\n"), redactForms([value]));
    deepEqual([...new Set(shown.replaceAll("=", "").split("\n"))], ["***"]);
  }
});

test("URL and JSON escapes are masked", () => {
  const value = 'p@ss w/"ord"\\ü\t&';
  const shown = [
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll("%20", "+"),
    encodeURIComponent(value).replaceAll(/%../g, (it) => it.toLowerCase()),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
    JSON.stringify(value).slice(1, -1).replaceAll("ü", "\\u00fc"),
  ];
  for (const text of shown) {
    equal(maskAll(Buffer.from(text).toString("latin1"), redactForms([Buffer.from(value)])), "***");
  }
});

test("each line of a secret with several is masked by itself", () => {
  const forms = redactForms([
    Buffer.from("-----BEGIN-----\n  abcdefgh\r\nij\nklmnop\n-----END-----"),
  ]);
  equal(maskAll("> abcdefgh <\n> klmnop <\n> ij <", forms), "> *** <\n> *** <\n> ij <");
});

test("a secret longer than a pattern may be is masked whole, in pieces of a bounded length", () => {
  const value = Buffer.from(Array.from({ length: 5_000 }, (_, i) => `${i}`).join(","));
  const forms = redactForms([value]);
  for (const it of forms) ok(it.length >= MIN_PATTERN_BYTES && it.length <= MAX_PATTERN_BYTES);
  for (const text of [value.toString(), value.toString("base64"), value.toString("hex")]) {
    equal(maskAll(`a ${text} b`, forms).replaceAll("=", ""), "a *** b");
  }
});

test("what is shorter than three bytes is not masked, and no form comes twice", () => {
  equal(redactForms([Buffer.from("ab"), Buffer.from("")]).length, 0);
  const forms = redactForms([Buffer.from("same-same"), Buffer.from("same-same")])
    .map((it) => Buffer.from(it).toString("latin1"));
  equal(new Set(forms).size, forms.length);
});
