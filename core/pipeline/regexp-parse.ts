/** A set of code points: pairs of first and last, both included. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

/** A regular expression, read. */
export type Pattern =
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly what: "start" | "end" | "word" | "notWord" }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "either"; readonly parts: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly part: Pattern; readonly min: number; readonly max: number };

/** A pattern outside the supported kind; the message says what, the offset where. */
export class PatternError extends Error {
  readonly _tag = "PatternError" as const;
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads a pattern. @throws {PatternError} */
export function parsePattern(text: string): { readonly pattern: Pattern; readonly flags: string } {
  if (text.length > MAX_PATTERN) {
    throw new PatternError(`expected at most ${MAX_PATTERN} characters, found ${text.length}`, 0);
  }
  const flags = /^\(\?([ims]+)\)/.exec(text);
  const parser = new PatternParser(text, flags ? flags[0].length : 0, flags?.[1] ?? "");
  return { pattern: parser.whole(), flags: flags?.[1] ?? "" };
}

/** The longest pattern, in UTF-16 units. */
const MAX_PATTERN = 1_000;
/** The highest count in braces, and how deep groups may nest. */
const MAX_COUNT = 1_000;
const MAX_NESTING = 50;

const LAST = 0x10ffff;
const DIGIT = [[48, 57]] as const;
const WORD = [[48, 57], [65, 90], [95, 95], [97, 122]] as const;
const SPACE = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
] as const;
const CLASSES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, "0": 0 };

class PatternParser {
  readonly #text: string;
  readonly #dotAll: boolean;
  #at: number;
  #nesting = 0;

  constructor(text: string, at: number, flags: string) {
    this.#text = text;
    this.#at = at;
    this.#dotAll = flags.includes("s");
  }

  whole(): Pattern {
    const pattern = this.#either();
    if (this.#at < this.#text.length) this.#fail("this ) closes nothing");
    return pattern;
  }

  #either(): Pattern {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "either", parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at]!)) {
      parts.push(this.#repeat());
    }
    return { kind: "sequence", parts };
  }

  #repeat(): Pattern {
    const part = this.#atom();
    const count = this.#count();
    if (!count) return part;
    this.#take("?"); // whether it is lazy makes no difference to whether it matches
    if (this.#count()) this.#fail("a count stands behind a count");
    return { kind: "repeat", part, ...count };
  }

  #count(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (!braces) return undefined;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined
      ? min
      : braces[3] === undefined
      ? Infinity
      : Number(braces[3]);
    if (min > max) this.#fail("the count's first number is larger than its second");
    if (min > MAX_COUNT || (max !== Infinity && max > MAX_COUNT)) {
      this.#fail(`expected a count of at most ${MAX_COUNT}`);
    }
    return { min, max };
  }

  #atom(): Pattern {
    if (this.#take("(")) return this.#group();
    if (this.#take("[")) return { kind: "set", set: this.#set() };
    if (this.#take(".")) {
      const ranges = this.#dotAll ? [] : [[10, 10] as const, [13, 13] as const];
      return { kind: "set", set: { ranges, negated: true } };
    }
    if (this.#take("^")) return { kind: "assert", what: "start" };
    if (this.#take("$")) return { kind: "assert", what: "end" };
    if (this.#take("\\b")) return { kind: "assert", what: "word" };
    if (this.#take("\\B")) return { kind: "assert", what: "notWord" };
    if ("*+?".includes(this.#text[this.#at]!)) this.#fail("a count stands behind nothing");
    const set = this.#text[this.#at] === "\\" ? this.#escape() : one(this.#point());
    return { kind: "set", set };
  }

  #group(): Pattern {
    if (++this.#nesting > MAX_NESTING) this.#fail(`groups nest deeper than ${MAX_NESTING}`);
    const rest = this.#text.slice(this.#at, this.#at + 80);
    const name = /^\?P?<[A-Za-z_]\w{0,62}>/.exec(rest)?.[0] ?? (rest.startsWith("?:") ? "?:" : "");
    if (name === "" && rest.startsWith("?")) {
      this.#fail("look-ahead, look-behind and flags inside a pattern are not supported");
    }
    this.#at += name.length;
    const pattern = this.#either();
    if (!this.#take(")")) this.#fail("a ( is never closed");
    this.#nesting--;
    return pattern;
  }

  #set(): CharSet {
    const negated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || this.#text[this.#at] !== "]"; first = false) {
      if (this.#at >= this.#text.length) this.#fail("a [ is never closed");
      if (first && this.#text[this.#at] === "]") break;
      const low = this.#member();
      if (
        low.ranges.length === 1 && this.#text[this.#at] === "-" &&
        !"]".includes(this.#text[this.#at + 1] ?? "]")
      ) {
        this.#at++;
        const high = this.#member();
        const [from] = low.ranges[0]!;
        const to = high.ranges[0]?.[1] ?? -1;
        if (low.ranges[0]![0] !== low.ranges[0]![1] || high.ranges.length !== 1 || from > to) {
          this.#fail("a range runs backwards, or from or to a class");
        }
        ranges.push([from, to]);
      } else ranges.push(...low.ranges);
    }
    this.#at++;
    return { ranges, negated };
  }

  #member(): CharSet {
    if (this.#take("\\b")) return one(8);
    return this.#text[this.#at] === "\\" ? plain(this.#escape()) : one(this.#point());
  }

  #escape(): CharSet {
    this.#at++;
    const letter = this.#text[this.#at] ?? "";
    const ranges = CLASSES[letter.toLowerCase()];
    if (ranges) {
      this.#at++;
      return { ranges, negated: letter !== letter.toLowerCase() };
    }
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\})/.exec(
      this.#text.slice(this.#at, this.#at + 10),
    );
    if (hex) {
      this.#at += hex[0].length;
      const point = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16);
      return point <= LAST ? one(point) : this.#fail("no such character");
    }
    if (Object.hasOwn(CONTROLS, letter)) {
      this.#at++;
      return one(CONTROLS[letter]!);
    }
    if (letter === "" || /[A-Za-z0-9]/.test(letter)) {
      this.#fail(letter === "" ? "it ends in a backslash" : `\\${letter} is not supported`);
    }
    return one(this.#point());
  }

  #point(): number {
    const point = this.#text.codePointAt(this.#at)!;
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  #take(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #fail(message: string): never {
    throw new PatternError(message, this.#at);
  }
}

function one(point: number): CharSet {
  return { ranges: [[point, point]], negated: false };
}

/** The same set without negation, for use inside brackets. */
function plain(set: CharSet): CharSet {
  if (!set.negated) return set;
  const ranges: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of set.ranges) {
    if (low > from) ranges.push([from, low - 1]);
    from = high + 1;
  }
  ranges.push([from, LAST]);
  return { ranges, negated: false };
}
