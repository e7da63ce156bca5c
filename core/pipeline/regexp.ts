import { BoundedCache } from "./bounded-cache.ts";
import { type CharSet, parsePattern, type Pattern, PatternError } from "./regexp-parse.ts";

/**
 * A regular expression that is matched in time proportional to text × pattern, whatever either is:
 * all ways are followed at once, nothing is tried again. So a pattern from a pipeline file cannot
 * stop the server. Look-around and back-references do not exist in it.
 */
export class Regexp {
  readonly #program: readonly Step[];
  readonly #flags: string;

  /** @throws {PatternError} for a pattern outside the supported kind, or one that is too large */
  constructor(text: string) {
    const { pattern, flags } = parsePattern(text);
    const program: Step[] = [];
    emit(pattern, program);
    program.push({ op: "match" });
    this.#program = program;
    this.#flags = flags;
  }

  /** What matching a text costs, in steps. */
  cost(text: string): number {
    return this.#program.length * (text.length + 1);
  }

  /** True when the pattern matches anywhere in the text. */
  test(text: string): boolean {
    const points = Array.from(text, (char) => char.codePointAt(0)!);
    const seen = new Uint32Array(this.#program.length);
    let active: number[] = [];
    for (let i = 0; i <= points.length; i++) {
      const next: number[] = [];
      const steps: number[] = [];
      for (const at of [...active, 0]) {
        if (this.#follow(at, { points, i, seen, steps })) return true;
      }
      if (i === points.length) return false;
      for (const at of steps) {
        const step = this.#program[at]!;
        if (step.op === "set" && this.#has(step.set, points[i]!)) next.push(at + 1);
      }
      active = next;
    }
    return false;
  }

  /** Follows all steps that consume nothing; true when that reaches the end of the pattern. */
  #follow(
    from: number,
    { points, i, seen, steps }: {
      readonly points: readonly number[];
      readonly i: number;
      /** Per step, one more than the place at which it was last reached. */
      readonly seen: Uint32Array;
      readonly steps: number[];
    },
  ): boolean {
    const stack = [from];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (seen[at] === i + 1) continue;
      seen[at] = i + 1;
      const step = this.#program[at]!;
      if (step.op === "match") return true;
      if (step.op === "set") steps.push(at);
      else if (step.op === "split") stack.push(...step.to);
      else if (holds(step.what, points, { i, lines: this.#flags.includes("m") })) {
        stack.push(at + 1);
      }
    }
    return false;
  }

  #has({ ranges, negated }: CharSet, point: number): boolean {
    if (!this.#flags.includes("i")) return includes(ranges, point) !== negated;
    const char = String.fromCodePoint(point);
    const cases = [char, char.toLowerCase(), char.toUpperCase()];
    return cases.some((one) => includes(ranges, one.codePointAt(0)!)) !== negated;
  }
}

/** The regular expression of a pattern, kept for the next time. @throws {PatternError} */
export function regexpOf(pattern: string): Regexp {
  return kept.get(pattern, (text) => new Regexp(text));
}

const kept = new BoundedCache<Regexp>({ entries: 512, chars: 65_536 });

type Step =
  | { readonly op: "set"; readonly set: CharSet }
  | { readonly op: "assert"; readonly what: "start" | "end" | "word" | "notWord" }
  | { op: "split"; to: number[] }
  | { readonly op: "match" };

/** Counts multiply: `(a{100}){100}` is small to write and large to match. */
const MAX_STEPS = 2_000;

function emit(pattern: Pattern, program: Step[]): void {
  if (program.length > MAX_STEPS) {
    throw new PatternError(
      `the pattern is larger than ${MAX_STEPS} steps once counts are written out`,
      0,
    );
  }
  switch (pattern.kind) {
    case "set":
      program.push({ op: "set", set: pattern.set });
      return;
    case "assert":
      program.push({ op: "assert", what: pattern.what });
      return;
    case "sequence":
      for (const part of pattern.parts) emit(part, program);
      return;
    case "either":
      return emitEither(pattern.parts, program);
    case "repeat":
      return emitRepeat(pattern, program);
  }
}

function emitEither(parts: readonly Pattern[], program: Step[]): void {
  const split: Step & { op: "split" } = { op: "split", to: [] };
  const ends: (Step & { op: "split" })[] = [];
  program.push(split);
  for (const part of parts) {
    split.to.push(program.length);
    emit(part, program);
    const end: Step & { op: "split" } = { op: "split", to: [] };
    ends.push(end);
    program.push(end);
  }
  for (const end of ends) end.to.push(program.length);
}

function emitRepeat(
  { part, min, max }: Extract<Pattern, { kind: "repeat" }>,
  program: Step[],
): void {
  for (let i = 0; i < min; i++) {
    const before = program.length;
    emit(part, program);
    if (program.length === before) break; // nothing a thousand times is nothing
  }
  if (max === Infinity) {
    const loop: Step & { op: "split" } = { op: "split", to: [program.length + 1] };
    const at = program.length;
    program.push(loop);
    emit(part, program);
    program.push({ op: "split", to: [at] });
    loop.to.push(program.length);
    return;
  }
  const skips: (Step & { op: "split" })[] = [];
  for (let i = min; i < max; i++) {
    const skip: Step & { op: "split" } = { op: "split", to: [program.length + 1] };
    skips.push(skip);
    program.push(skip);
    emit(part, program);
  }
  for (const skip of skips) skip.to.push(program.length);
}

function includes(ranges: CharSet["ranges"], point: number): boolean {
  return ranges.some(([low, high]) => point >= low && point <= high);
}

function holds(
  what: "start" | "end" | "word" | "notWord",
  points: readonly number[],
  { i, lines }: { readonly i: number; readonly lines: boolean },
): boolean {
  if (what === "start") return i === 0 || (lines && points[i - 1] === 10);
  if (what === "end") return i === points.length || (lines && points[i] === 10);
  return (isWord(points[i - 1]) !== isWord(points[i])) === (what === "word");
}

function isWord(point: number | undefined): boolean {
  return point !== undefined &&
    ((point >= 48 && point <= 57) || (point >= 65 && point <= 90) || point === 95 ||
      (point >= 97 && point <= 122));
}
