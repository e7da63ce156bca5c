import type { PipelineProblem } from "./pipeline.ts";

/** Every code a problem of a pipeline file can have, with what it means. Codes are stable; new ones may be added. */
export const PROBLEM_CODES = {
  syntax: "the file is not YAML 1.2 (or JSON)",
  empty: "the file holds no pipeline",
  too_large: "the file, a text or a list is larger than its limit",
  too_deep: "the file nests deeper than its limit",
  multiple_documents: "the file holds more than one document",
  tag: "a YAML tag such as !!str stands in the file",
  merge_key: "the YAML merge key << stands in the file",
  alias: "an alias has no anchor before it, or stands inside its own anchor",
  alias_bomb: "aliases multiply into more values than a pipeline may have",
  bad_key: "a key is not a plain text, or is one that no map may have",
  duplicate_key: "a map has the same key twice",
  unknown_key: "a key is not known at this place",
  missing_key: "a key that must be there is not",
  exclusive_keys: "keys stand together that exclude each other",
  misplaced_key: "a key is known here, but does not apply with what stands beside it",
  wrong_type: "a value has another type than its key takes",
  wrong_value: "a value has the right type, but is not one of those the key takes",
  missing_unit: "a duration or size has no unit",
  needs_quotes: "a number would change on its way to text: it needs quotes",
  out_of_range: "a value is outside its limits",
  duplicate_value: "a list names the same thing twice",
  bad_name: "a name breaks the rule for names",
  duplicate_name: "two tasks have the same name",
  bad_pattern: "a pattern is not a regular expression of the supported kind",
  empty_range: "the bounds of a parameter leave no value",
  bad_default: "the default of a parameter does not fit the parameter",
  bad_path: "a path leaves the workspace",
  unknown_need: "needs names a task that does not exist, or that is not of the same section",
  cycle: "tasks need each other in a circle",
  bad_expression: "an expression cannot be read, or can never be evaluated",
  undefined_name: "an expression names something that does not exist",
  not_needed: "an expression looks at a task that its own task does not need",
  expression_cost: "an expression may cost more than one is allowed to",
  shell_text: "a value from outside stands in text that a shell reads",
  secret_place: "a secret stands where secrets may not be",
  unknown_scheduler: "no scheduler instance of this server has that name",
  unsupported: "the scheduler instance cannot do what the task needs, or is not for this namespace",
} as const satisfies Readonly<Record<string, string>>;

/** A code out of {@link PROBLEM_CODES}. */
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** One problem before its place has become a line and a column. */
export interface Finding {
  readonly code: ProblemCode;
  /** Offset into the file's text. */
  readonly at: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Collects what is wrong with one file. */
export class Problems {
  readonly #text: string;
  readonly #findings: Finding[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Notes a problem. */
  add(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** True when nothing was noted so far. */
  get none(): boolean {
    return this.#findings.length === 0;
  }

  /** True when all that were noted so far have this code. */
  allAre(code: ProblemCode): boolean {
    return this.#findings.every((finding) => finding.code === code);
  }

  /** How many were noted so far. */
  get count(): number {
    return this.#findings.length;
  }

  /** The line, from 1, of an offset. */
  lineOf(at: number): number {
    return this.#place(at).line;
  }

  /** All of them in the order of their place in the file; the same one at the same place only once. */
  list(): readonly PipelineProblem[] {
    const seen = new Set<string>();
    const sorted = this.#findings.toSorted((a, b) => a.at - b.at);
    const unique = sorted.filter(({ at, code, message }) => {
      const key = `${at} ${code} ${message}`;
      return !seen.has(key) && seen.add(key);
    });
    return unique.slice(0, MAX_PROBLEMS).map(({ code, at, message, hint }) => ({
      code,
      message,
      ...this.#place(at),
      ...(hint === undefined ? {} : { hint }),
    }));
  }

  #starts: readonly number[] | undefined;

  #place(at: number): { readonly line: number; readonly column: number } {
    const starts = this.#starts ??= lineStarts(this.#text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - starts[low]! + 1 };
  }
}

/** Nobody reads more at once, and a hostile file must not make the answer larger than itself. */
const MAX_PROBLEMS = 100;

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}
