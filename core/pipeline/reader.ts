import type { Entry, ListNode, MapNode, Node, ScalarNode } from "./node.ts";
import { DURATION_EXAMPLES, parseDuration } from "./duration.ts";
import { NAME_RULES, type NameRule } from "./name.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import type { Finding, ProblemCode, Problems } from "./problem.ts";

/** A value together with the path that messages call it by: `tasks.crawl.timeout`. */
export interface Field {
  readonly path: string;
  readonly node: Node;
  /** Where its key stands, if it has one. */
  readonly keyAt?: number;
}

/** Reads typed values out of nodes, and notes precisely what does not fit. */
export class Reader {
  readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** Notes a problem at a value. Always undefined, so that a reader can end with it. */
  fail(code: ProblemCode, field: Field, rest: Pick<Finding, "message" | "hint">): undefined {
    const message = field.path === "" ? rest.message : `${field.path}: ${rest.message}`;
    this.problems.add({ code, at: field.node.at, message, hint: rest.hint });
    return undefined;
  }

  /** Notes at the key of a map that the map lacks something. */
  missing(field: Field, rest: Pick<Finding, "message" | "hint">): undefined {
    const message = field.path === "" ? rest.message : `${field.path}: ${rest.message}`;
    const at = field.keyAt ?? field.node.at;
    this.problems.add({ code: "missing_key", at, message, hint: rest.hint });
    return undefined;
  }

  /** Notes that a value has the wrong type. */
  wrongType(field: Field, wanted: string, hint?: string): undefined {
    const message = `expected ${wanted}, found ${describe(field.node)}`;
    return this.fail("wrong_type", field, { message, hint });
  }

  /** The known fields of a map by key; unknown keys are noted, those that begin with `x-` are free. */
  fields(field: Field, known: readonly string[]): ReadonlyMap<string, Field> | undefined {
    const map = this.map(field);
    if (!map) return undefined;
    const fields = new Map<string, Field>();
    for (const { key, keyAt, value } of map.entries) {
      if (known.includes(key)) fields.set(key, { path: join(field.path, key), node: value, keyAt });
      else if (!key.startsWith("x-")) {
        const message = `unknown key ${quote(key)}${field.path ? ` in ${field.path}` : ""}`;
        const hint = didYouMean(key, known);
        this.problems.add({ code: "unknown_key", at: keyAt, message, hint });
      }
    }
    return fields;
  }

  /** The entries of a map with free names; names that break the rule are noted and left out. */
  named(field: Field, rule: NameRule): readonly (Entry & Field)[] | undefined {
    const map = this.map(field);
    return map?.entries.flatMap((entry) => {
      if (!this.nameFits(entry.key, entry.keyAt, { rule, path: field.path })) return [];
      return [{ ...entry, path: join(field.path, entry.key), node: entry.value }];
    });
  }

  /** Checks a name; notes it when it breaks the rule. */
  nameFits(
    name: string,
    at: number,
    { rule, path }: { readonly rule: NameRule; readonly path: string },
  ): boolean {
    const { pattern, says } = NAME_RULES[rule];
    if (pattern.test(name)) return true;
    const message = `${path}: the name ${quote(name)} is not allowed`;
    this.problems.add({ code: "bad_name", at, message, hint: `use ${says}` });
    return false;
  }

  map(field: Field): MapNode | undefined {
    return field.node.kind === "map" ? field.node : this.wrongType(field, "a map");
  }

  list(field: Field, hint?: string): readonly Field[] | undefined {
    if (field.node.kind !== "list") return this.wrongType(field, "a list", hint);
    return (field.node as ListNode).items.map((node, i) => ({ path: `${field.path}[${i}]`, node }));
  }

  text(field: Field, hint?: string): (ScalarNode & { readonly value: string }) | undefined {
    const { node } = field;
    if (node.kind !== "scalar" || typeof node.value !== "string") {
      const quoted = node.kind === "scalar" && node.value !== null
        ? `quote it: "${node.source}"`
        : hint;
      return this.wrongType(field, "a text", quoted);
    }
    if (node.value.includes("\0")) {
      return this.fail("wrong_value", field, { message: "expected a text without NUL, found one" });
    }
    return node as ScalarNode & { readonly value: string };
  }

  /** A text, an integer or a boolean as text: where the value ends up as text anyway. */
  scalarText(field: Field): string | undefined {
    const { node } = field;
    if (node.kind !== "scalar" || node.value === null) {
      return this.wrongType(field, "a text, an integer or a boolean");
    }
    if (typeof node.value === "string") return this.text(field)?.value;
    if (typeof node.value === "boolean") return String(node.value);
    // an integer whose text is not its decimal form (0x1F, 1e3, 2^60) would change as well
    if (Number.isSafeInteger(node.value) && node.source === String(node.value)) return node.source;
    const becomes = node.source === String(node.value) ? "" : `, which would become ${node.value}`;
    const message = `expected a text, found the number ${node.source}${becomes}`;
    return this.fail("needs_quotes", field, { message, hint: `quote it: "${node.source}"` });
  }

  flag(field: Field): boolean | undefined {
    const { node } = field;
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    return this.wrongType(field, "true or false");
  }

  integer(
    field: Field,
    { min, max, hint }: { readonly min: number; readonly max: number; readonly hint?: string },
  ): number | undefined {
    const { node } = field;
    if (node.kind !== "scalar" || typeof node.value !== "number" || !Number.isInteger(node.value)) {
      return this.wrongType(field, `an integer from ${min} to ${max}`, hint);
    }
    if (node.value >= min && node.value <= max) return node.value;
    const message = `expected an integer from ${min} to ${max}, found ${node.value}`;
    return this.fail("out_of_range", field, { message, hint });
  }

  /** A duration in milliseconds, from `min` to `max`. */
  duration(
    field: Field,
    { min, max }: { readonly min: number; readonly max: number },
  ): number | undefined {
    const { node } = field;
    const wanted = `a duration like ${DURATION_EXAMPLES}`;
    if (node.kind === "scalar" && typeof node.value === "number") {
      const message = `expected ${wanted}, found the number ${node.source}`;
      const hint = `which unit? write "${node.source}s" for seconds`;
      return this.fail("missing_unit", field, { message, hint });
    }
    if (node.kind !== "scalar" || typeof node.value !== "string") {
      return this.wrongType(field, wanted);
    }
    const ms = parseDuration(node.value);
    if (ms === undefined) {
      const bare = /^\d+(\.\d+)?$/.test(node.value);
      const message = `expected ${wanted}, found ${describe(node)}`;
      const hint = bare
        ? `which unit? write "${node.value}s" for seconds`
        : "units are w d h m s ms, largest first, whole numbers only";
      return this.fail(bare ? "missing_unit" : "wrong_value", field, { message, hint });
    }
    if (ms >= min && ms <= max) return ms;
    const message = ms < min
      ? `expected a duration above 0, found ${node.value}`
      : `expected a duration of at most ${max / 86_400_000}d, found ${node.value}`;
    return this.fail("out_of_range", field, { message });
  }

  /** One word out of a closed list. */
  choice<T extends string>(field: Field, words: readonly T[]): T | undefined {
    const { node } = field;
    const wanted = `one of ${words.join(", ")}`;
    if (node.kind !== "scalar" || typeof node.value !== "string") {
      return this.wrongType(field, wanted);
    }
    const word = words.find((w) => w === node.value);
    if (word !== undefined) return word;
    const message = `expected ${wanted}, found ${describe(node)}`;
    return this.fail("wrong_value", field, { message, hint: didYouMean(node.value, words) });
  }
}

/** What a value is, for messages: `the number 90`, `a list`. */
export function describe(node: Node): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return quote(node.value);
  return typeof node.value === "number" ? `the number ${node.source}` : `${node.value}`;
}

/** A text in double quotes, shortened, on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

/** The path of a key under a path. */
export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
