import { readFileSync } from "node:fs";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { ErrandError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import { isName } from "../pipeline/mod.ts";
import { type PluginInstance, SCALARS } from "./settings.ts";

/** What `server.yaml` says. */
export interface ServerFile {
  /** By name, decoded. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly plugins: Readonly<Record<string, PluginInstance>> | undefined;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Reads `server.yaml`; a file that is not there says nothing.
 *
 * @throws {ErrandError} `invalid` with file, line and column; `denied` when it may not be read
 */
export function readServerFile(path: string): ServerFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return { values: new Map(), plugins: undefined };
    throw new ErrandError("denied", `cannot read ${path} (${code}): change its owner or mode`, {
      cause: error,
    });
  }
  if (text.length > MAX_BYTES) {
    throw new ErrandError(
      "too_large",
      `${path}: expected at most ${MAX_BYTES} characters, found ${text.length}`,
    );
  }
  return new Reader(path, text).read();
}

class Reader {
  readonly #path: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  /** `text` is at most {@link MAX_BYTES} long. */
  constructor(path: string, text: string) {
    this.#path = path;
    this.#document = parseDocument(text, {
      version: "1.2",
      merge: false,
      lineCounter: this.#lines,
    });
  }

  read(): ServerFile {
    const [error] = this.#document.errors;
    if (error) {
      throw this.#problem(error.pos[0], error.message.split("\n")[0]!.replace(/ at line .*$/, ""));
    }
    const values = new Map<string, unknown>();
    const root = this.#document.contents;
    if (root === null) return { values, plugins: undefined };
    if (!isMap(root)) throw this.#problem(root.range?.[0] ?? 0, "expected settings, key: value");
    const plugins = this.#group(root, "", values);
    return { values, plugins };
  }

  /** Reads the settings below `prefix`; answers the plugin instances, which are at the top only. */
  #group(map: YAMLMap, prefix: string, values: Map<string, unknown>): ServerFile["plugins"] {
    let plugins: ServerFile["plugins"];
    for (const { key, at, value } of this.#entries(map)) {
      const name = prefix + key;
      const setting = SCALARS.find((known) => known.name === name);
      if (setting) {
        const found = isScalar(value) ? value.value : undefined;
        const decoded = setting.kind.fromYaml(found);
        if (decoded === undefined) {
          throw this.#problem(
            at.value,
            `${name}: expected ${setting.kind.wanted}, found ${shown(value)}`,
          );
        }
        values.set(name, decoded);
      } else if (name === "plugins") {
        plugins = this.#plugins(value, at.value);
      } else if (SCALARS.some((known) => known.name.startsWith(`${name}.`))) {
        if (!isMap(value)) throw this.#problem(at.value, `${name}: expected settings, key: value`);
        this.#group(value, `${name}.`, values);
      } else {
        const known = SCALARS.filter((s) => s.name.startsWith(prefix))
          .map((s) => s.name.slice(prefix.length).split(".")[0]!);
        const all = new Set(prefix === "" ? [...known, "plugins"] : known);
        throw this.#problem(at.key, `unknown key ${name}${hint(key, all)}`);
      }
    }
    return plugins;
  }

  #plugins(node: unknown, at: number): Readonly<Record<string, PluginInstance>> {
    if (!isMap(node)) throw this.#problem(at, "plugins: expected instances by name");
    const plugins: [string, PluginInstance][] = [];
    for (const { key, at, value } of this.#entries(node)) {
      if (!isName(key)) {
        const message = `plugins: expected a name of a-z 0-9 -, at most 63, found ${key}`;
        throw this.#problem(at.key, message);
      }
      if (!isMap(value)) throw this.#problem(at.value, `plugins.${key}: expected plugin: ID`);
      plugins.push([key, this.#instance(value, { name: `plugins.${key}`, at: at.key })]);
    }
    return Object.fromEntries(plugins);
  }

  #instance(map: YAMLMap, where: { readonly name: string; readonly at: number }): PluginInstance {
    let plugin: string | undefined;
    let config: Record<string, unknown> = {};
    let namespaces: readonly string[] | undefined;
    for (const { key, at, value } of this.#entries(map)) {
      const name = `${where.name}.${key}`;
      if (key === "plugin") {
        if (!isScalar(value) || typeof value.value !== "string" || value.value === "") {
          throw this.#problem(
            at.value,
            `${name}: expected the id of a plugin, found ${shown(value)}`,
          );
        }
        plugin = value.value;
      } else if (key === "config") {
        if (!isMap(value)) throw this.#problem(at.value, `${name}: expected key: value`);
        config = this.#plain(value, name);
      } else if (key === "namespaces") {
        const items = isSeq(value)
          ? value.items.map((item) => isScalar(item) ? item.value : item)
          : [];
        if (
          items.length === 0 || !items.every((item) => typeof item === "string" && isName(item))
        ) {
          throw this.#problem(
            at.value,
            `${name}: expected a list of namespaces, found ${shown(value)}`,
          );
        }
        namespaces = items as string[];
      } else {
        const known = ["plugin", "config", "namespaces"];
        throw this.#problem(at.key, `unknown key ${name}${hint(key, known)}`);
      }
    }
    if (plugin === undefined) throw this.#problem(where.at, `${where.name}: plugin: ID is missing`);
    return { plugin, config, ...(namespaces ? { namespaces } : {}) };
  }

  #plain(map: YAMLMap, name: string): Record<string, unknown> {
    try {
      return map.toJS(this.#document) as Record<string, unknown>;
    } catch (error) {
      // aliases that stand for more than anybody means
      const message = error instanceof Error ? error.message : String(error);
      throw this.#problem(rangeOf(map) ?? 0, `${name}: ${message.replace(/^E/, "e")}`);
    }
  }

  *#entries(map: YAMLMap) {
    for (const pair of map.items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      const keyAt = rangeOf(pair.key) ?? 0;
      if (key === undefined) throw this.#problem(keyAt, "expected a plain key");
      yield { key, at: { key: keyAt, value: rangeOf(pair.value) ?? keyAt }, value: pair.value };
    }
  }

  #problem(offset: number, message: string): ErrandError {
    const { line, col } = this.#lines.linePos(offset);
    const place = { file: this.#path, line: Math.max(1, line), column: Math.max(1, col) };
    return new ErrandError(
      "invalid",
      `${place.file}:${place.line}:${place.column}: ${message}`,
      { facts: place },
    );
  }
}

function rangeOf(node: unknown): number | undefined {
  return (node as { readonly range?: readonly number[] } | null)?.range?.[0];
}

function hint(key: string, known: Iterable<string>): string {
  const text = didYouMean(key, known);
  return text === undefined ? "" : `: ${text}`;
}

function shown(node: unknown): string {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (isAlias(node)) return `the alias *${node.source}`;
  return isScalar(node) ? JSON.stringify(node.value) : "nothing";
}
