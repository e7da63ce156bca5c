import { Buffer } from "node:buffer";

const MASK = "***";

/**
 * Masks patterns in one stream, as launcher/redact.c does: every byte of every occurrence,
 * overlapping and touching ones under one mask, also across the borders of chunks.
 */
export class Mask {
  readonly #patterns: readonly string[];
  /** Text that may be the beginning of a pattern, as latin1: a character is a byte. */
  #held = "";
  /** Characters at the start of `#held` that belong to a mask already written; -1 = none is open. */
  #masked = -1;

  constructor(patterns: readonly Uint8Array[]) {
    this.#patterns = patterns.map((it) => Buffer.from(it).toString("latin1"));
  }

  /** What can be shown by now; with `last` everything. */
  push(chunk: Uint8Array, last = false): Uint8Array {
    if (this.#patterns.length === 0) return chunk;
    const text = this.#held + Buffer.from(chunk).toString("latin1");
    const settled = last ? text.length : this.#settled(text);
    let shown = "";
    let at = 0;
    for (const [from, to] of this.#regions(text, settled)) {
      if (from > at || (from === at && this.#masked < from)) shown += text.slice(at, from) + MASK;
      at = this.#masked = to;
    }
    shown += text.slice(Math.min(at, settled), settled);
    this.#held = text.slice(settled);
    this.#masked = this.#masked >= settled ? this.#masked - settled : -1;
    return Buffer.from(shown, "latin1");
  }

  /** Where occurrences that begin before `settled` begin and end, joined, in order. */
  #regions(text: string, settled: number): readonly (readonly [number, number])[] {
    const found: [number, number][] = this.#masked >= 0 ? [[0, this.#masked]] : [];
    for (const pattern of this.#patterns) {
      for (let at = text.indexOf(pattern); at >= 0 && at < settled;) {
        found.push([at, at + pattern.length]);
        at = text.indexOf(pattern, at + 1);
      }
    }
    const joined: [number, number][] = [];
    for (const [from, to] of found.sort(([a], [b]) => a - b)) {
      const before = joined.at(-1);
      if (before && from <= before[1]) before[1] = Math.max(before[1], to);
      else joined.push([from, to]);
    }
    return joined;
  }

  /** The first place from which more text decides whether a pattern is there. */
  #settled(text: string): number {
    const longest = Math.max(...this.#patterns.map((it) => it.length));
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const rest = text.slice(at);
      if (this.#patterns.some((it) => it.length > rest.length && it.startsWith(rest))) return at;
    }
    return text.length;
  }
}
