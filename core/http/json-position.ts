/** Where a text stops being JSON: both count from 1. */
export interface JsonPosition {
  readonly line: number;
  readonly column: number;
}

/** Finds where a text that `JSON.parse` refused stops being JSON. */
export function jsonErrorPosition(text: string): JsonPosition {
  const scanner = new Scanner(text);
  const index = scanner.value() && scanner.end() ? text.length : scanner.at;
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  return { line, column: index - before.lastIndexOf("\n") };
}

/** A recogniser of RFC 8259; `at` is where it stopped. Nesting is kept in a list, not on the stack. */
class Scanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(): boolean {
    const open: ("}" | "]")[] = [];
    for (;;) {
      this.#space();
      const begin = this.#text[this.at];
      if (begin === "{" || begin === "[") {
        this.at++;
        this.#space();
        const close = begin === "{" ? "}" : "]";
        if (this.#text[this.at] !== close) {
          open.push(close);
          if (close === "}" && !this.#key()) return false;
          continue;
        }
        this.at++;
      } else if (!this.#scalar()) return false;
      for (;;) {
        const close = open.at(-1);
        if (close === undefined) return true;
        this.#space();
        const next = this.#text[this.at];
        if (next !== "," && next !== close) return false;
        this.at++;
        if (next === close) {
          open.pop();
          continue;
        }
        if (close === "}" && !this.#key()) return false;
        break;
      }
    }
  }

  end(): boolean {
    this.#space();
    return this.at === this.#text.length;
  }

  #key(): boolean {
    this.#space();
    return this.#match(STRING) && (this.#space(), this.#match(/:/y));
  }

  #scalar(): boolean {
    return this.#match(STRING) || this.#match(NUMBER) || this.#match(/true|false|null/y);
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (!match) return false;
    this.at += match[0].length;
    return true;
  }
}

// deno-lint-ignore no-control-regex -- JSON strings hold no control characters
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
