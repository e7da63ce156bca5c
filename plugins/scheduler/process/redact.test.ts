import { equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { Mask } from "./fallback/mask.ts";
import type { LauncherKind } from "./launcher-start.ts";
import { redactForms } from "../../../protocol/sdk/typescript/mod.ts";
import { NEVER, ProcessGround } from "./testing/ground.ts";
import { maskAll } from "./testing/mask-all.ts";

/** Few letters: secrets overlap, repeat and begin inside each other. */
const word = fc.string({ unit: fc.constantFrom("a", "b", "\n", "ü"), minLength: 1, maxLength: 12 })
  .map((it) => Buffer.from(it));
const bytes = fc.uint8Array({ minLength: 3, maxLength: 40 })
  .map((it) => Buffer.from(it.map((byte) => byte || 1)));

/** A text that holds secrets, whole and in part, in several encodings; in pieces as they are written. */
const scene = fc.array(fc.oneof(word, bytes), { minLength: 1, maxLength: 4 }).chain((secrets) => {
  const shown = fc.tuple(
    fc.constantFrom(...secrets),
    fc.constantFrom("latin1", "hex", "base64", "base64url"),
    fc.nat(40),
  ).map(([it, encoding, cut]) => it.toString(encoding as BufferEncoding).slice(0, cut + 1));
  const piece = fc.oneof(shown, fc.string({ unit: fc.constantFrom("a", "b", " ", "\n") }));
  return fc.record({
    secrets: fc.constant(secrets),
    pieces: fc.array(piece.map((it) => it.replaceAll("\0", "")), { maxLength: 12 }),
  });
});

for (const launcher of ["native", "fallback"] as const) {
  test(`the ${launcher} launcher masks exactly what a plain search finds, however it is written`, async () => {
    await using ground = await ProcessGround.open({ launcher });
    const runs = fc.asyncProperty(scene, async ({ secrets, pieces }) => {
      equal(
        await printedBy(ground, { secrets, pieces }),
        maskAll(pieces.join(""), redactForms(secrets)),
      );
    });
    await fc.assert(runs, { numRuns: RUNS[launcher], endOnFailure: true });
  });
}

const RUNS: Readonly<Record<LauncherKind, number>> = { native: 60, fallback: 20 };

test("the fallback's mask equals a plain search at every chunking", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(scene, cuts, ({ secrets, pieces }, lengths) => {
      const text = Buffer.from(pieces.join(""), "latin1");
      const forms = redactForms(secrets);
      const mask = new Mask(forms);
      const shown: Uint8Array[] = [];
      let at = 0;
      for (const length of lengths) {
        shown.push(mask.push(text.subarray(at, at + length)));
        at += length;
      }
      shown.push(mask.push(text.subarray(at), true));
      equal(Buffer.concat(shown).toString("latin1"), maskAll(text.toString("latin1"), forms));
    }),
    { numRuns: 500 },
  );
});

/** Each piece is a write of its own, and most are read before the next one. */
async function printedBy(
  ground: ProcessGround,
  { secrets, pieces }: {
    readonly secrets: readonly Uint8Array[];
    readonly pieces: readonly string[];
  },
): Promise<string> {
  const script = pieces.map((it) => `printf '${octal(it)}'; /bin/true`).join("\n");
  const spec = ground.script(script, { redact: secrets });
  await ground.run(spec);
  await ground.scheduler.remove(spec, NEVER);
  return await ground.output(spec);
}

function octal(text: string): string {
  return [...Buffer.from(text, "latin1")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`)
    .join("");
}
