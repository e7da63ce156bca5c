import { CST, Lexer, Parser } from "yaml";
import type { Problems } from "./problem.ts";

/** The tokens of a text, and what was opened in it and never closed. */
export interface Tokens {
  readonly tokens: readonly CST.Token[];
  readonly unclosed: { readonly at: number; readonly sign: string } | undefined;
}

/**
 * Lexes and parses with bounds on depth and number of tokens, before anything recursive sees the
 * text: deep nesting ends the whole process otherwise. Tags and directives are noted.
 *
 * @returns undefined when a bound was passed; that is noted too
 */
export function tokenize(text: string, problems: Problems): Tokens | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const brackets = new Brackets();
  let count = 0;
  let scalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    const at = parser.offset;
    // a marker says that the next lexeme is a plain scalar, whatever it looks like
    const type: string | null = scalarNext ? "text" : CST.tokenType(lexeme);
    scalarNext = type === "scalar";
    brackets.see(type, { lexeme, at });
    noteForbidden(type, { lexeme, at, problems });
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (++count > MAX_TOKENS) {
      const message = `expected at most ${MAX_TOKENS} tokens, found more`;
      problems.add({ code: "too_large", at, message, hint: "split the pipeline" });
      return undefined;
    }
    if (parser.stack.length > MAX_DEPTH) {
      const message = `expected at most ${MAX_DEPTH} levels of nesting, found more`;
      problems.add({ code: "too_deep", at, message, hint: "check brackets and indentation" });
      return undefined;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, unclosed: brackets.unclosed };
}

/** A file of 1 MiB with ordinary lines has about half of this. */
const MAX_TOKENS = 150_000;
const MAX_DEPTH = 100;

interface Lexeme {
  readonly lexeme: string;
  readonly at: number;
}

function noteForbidden(
  type: string | null,
  { lexeme, at, problems }: Lexeme & { readonly problems: Problems },
): void {
  if (type === "tag") {
    const message = `expected a plain value, found the tag ${lexeme.slice(0, 60)}`;
    problems.add({ code: "tag", at, message, hint: "leave the tag out; quote texts" });
  } else if (type === "directive-line") {
    const message = "expected a pipeline, found a YAML directive";
    problems.add({ code: "syntax", at, message, hint: "leave the line with % out" });
  }
}

/** Finds the bracket or quote that is never closed: the library complains only where it gives up. */
class Brackets {
  #open: { readonly at: number; readonly sign: string }[] = [];
  #broken: { readonly at: number; readonly sign: string } | undefined;

  get unclosed(): Tokens["unclosed"] {
    return this.#broken ?? this.#open.at(-1);
  }

  see(type: string | null, { lexeme, at }: Lexeme): void {
    if (type === "flow-map-start" || type === "flow-seq-start") {
      this.#open.push({ at, sign: lexeme });
    } else if (type === "flow-map-end" || type === "flow-seq-end") this.#open.pop();
    else if (type === "flow-error-end") {
      this.#broken ??= this.#open.at(-1);
      this.#open = [];
    } else if (type === "double-quoted-scalar" || type === "single-quoted-scalar") {
      if (!isClosed(lexeme)) this.#broken ??= { at, sign: lexeme[0]! };
    }
  }
}

function isClosed(lexeme: string): boolean {
  const quote = lexeme[0]!;
  if (lexeme.length < 2 || !lexeme.endsWith(quote)) return false;
  if (quote === "'") return true;
  let slashes = 0;
  while (lexeme[lexeme.length - 2 - slashes] === "\\") slashes++;
  return slashes % 2 === 0;
}
