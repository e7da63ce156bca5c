import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
} from "yaml";
import type { Entry, ListNode, MapNode, Node, ScalarNode } from "./node.ts";
import type { Problems } from "./problem.ts";
import { offsetIn } from "./scalar-place.ts";

/** Turns the library's nodes into ours; notes keys and aliases that a pipeline may not have. */
export function toNode(
  root: ParsedNode,
  source: { readonly text: string; readonly problems: Problems },
): Node {
  return new Converter(source.text, source.problems).convert(root);
}

/** Nodes of a file with every alias replaced by what it stands for. */
const MAX_NODES = 200_000;

class Converter {
  readonly #text: string;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Node>();
  #total = 0;

  constructor(text: string, problems: Problems) {
    this.#text = text;
    this.#problems = problems;
  }

  convert(node: ParsedNode | null, at = 0): Node {
    if (node === null) return empty(at);
    if (isAlias(node)) return this.#alias(node);
    const converted = isMap(node)
      ? this.#map(node.items as readonly Pair<ParsedNode, ParsedNode | null>[], node.range[0])
      : isSeq(node)
      ? this.#list(node.items as readonly ParsedNode[], node.range[0])
      : this.#scalar(node as Scalar.Parsed);
    if (node.anchor) this.#anchors.set(node.anchor, converted);
    return converted;
  }

  #alias(alias: Alias.Parsed): Node {
    const at = alias.range[0];
    const node = this.#anchors.get(alias.source);
    if (!node) {
      const message =
        `the alias *${alias.source} has no finished anchor &${alias.source} before it`;
      const hint = "define the anchor first, and not around its own alias";
      this.#problems.add({ code: "alias", at, message, hint });
      return empty(at);
    }
    if (this.#total > MAX_NODES) return empty(at);
    this.#total += node.size;
    if (this.#total > MAX_NODES) {
      const message = `aliases multiply into more than ${MAX_NODES} values`;
      this.#problems.add({ code: "alias_bomb", at, message, hint: "write the values out" });
      return empty(at);
    }
    return node;
  }

  #map(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], at: number): MapNode {
    const entries: Entry[] = [];
    const first = new Map<string, number>();
    let size = 1;
    for (const pair of pairs) {
      const keyAt = pair.key?.range?.[0] ?? at;
      const value = this.convert(pair.value, keyAt);
      size += value.size;
      const key = this.#key(pair.key, keyAt);
      if (key === undefined) continue;
      const before = first.get(key);
      if (before !== undefined) {
        const message = `the key ${key} stands here twice`;
        const hint = `the first is on line ${this.#problems.lineOf(before)}: keep one`;
        this.#problems.add({ code: "duplicate_key", at: keyAt, message, hint });
        continue;
      }
      first.set(key, keyAt);
      entries.push({ key, keyAt, value });
    }
    return { kind: "map", at, size, entries };
  }

  #key(node: ParsedNode | null, at: number): string | undefined {
    if (isScalar(node) && node.value === "<<" && node.type === "PLAIN") {
      const message = "expected a key, found the merge key <<";
      const hint = "write the keys out, or use an alias as the whole value: env: *common";
      this.#problems.add({ code: "merge_key", at, message, hint });
      return undefined;
    }
    if (isScalar(node) && typeof node.value === "string" && node.value !== "__proto__") {
      return node.value;
    }
    const found = isScalar(node) && node.value !== "__proto__"
      ? `${node.value === null ? "null" : `the ${typeof node.value} ${node.value}`}`
      : isScalar(node)
      ? "__proto__"
      : "a list, a map or an alias";
    const hint = found === "__proto__" ? "choose another name" : "quote it, if it is a name";
    this.#problems.add({
      code: "bad_key",
      at,
      message: `expected a text as key, found ${found}`,
      hint,
    });
    return undefined;
  }

  #list(nodes: readonly ParsedNode[], at: number): ListNode {
    const items = nodes.map((node) => this.convert(node, at));
    return { kind: "list", at, items, size: items.reduce((sum, item) => sum + item.size, 1) };
  }

  #scalar(scalar: Scalar.Parsed): ScalarNode {
    const [at, end] = scalar.range;
    const value = scalar.value as ScalarNode["value"];
    const source = this.#text.slice(at, end);
    const place = typeof value === "string"
      ? (index: number) => at + offsetIn(source, value, index)
      : () => at;
    return { kind: "scalar", at, size: 1, value, source, place };
  }
}

function empty(at: number): ScalarNode {
  return { kind: "scalar", at, size: 1, value: null, source: "", place: () => at };
}
