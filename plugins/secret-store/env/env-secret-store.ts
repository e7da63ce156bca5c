import process from "node:process";
import {
  describePlugin,
  type Host,
  type Page,
  type Plugin,
  type SecretRef,
  type SecretStore,
} from "../../../protocol/sdk/typescript/mod.ts";
import manifest from "./plugin.json" with { type: "json" };

/** Variables by name; undefined = not set. */
type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "ERRAND_SECRET_";

/**
 * Secrets out of the server's own environment: the secret `crawl-token` is the variable
 * `ERRAND_SECRET_CRAWL_TOKEN`. Every namespace and pipeline sees the same ones; it cannot write.
 */
export class EnvSecretStore implements Plugin, SecretStore {
  readonly #environment: Environment;

  constructor(_host: Host, environment: Environment = process.env) {
    this.#environment = environment;
  }

  info() {
    return Promise.resolve(describePlugin(manifest));
  }

  configure() {
    return Promise.resolve({ problems: [] });
  }

  health() {
    return Promise.resolve({ state: "ready" as const, message: "" });
  }

  shutdown() {
    return Promise.resolve();
  }

  /** A variable that is set to nothing counts as absent: that is how one is taken away. */
  get(refs: readonly SecretRef[]) {
    return Promise.resolve({ values: refs.map((ref) => this.#read(ref)) });
  }

  /** The names that variables can have: in small letters, with `-` for `_`. */
  list(scope: { readonly namespace: string; readonly pipeline: string }, page: Page) {
    const names = Object.keys(this.#environment)
      .filter((it) => it.startsWith(PREFIX) && this.#environment[it])
      .map(secretName)
      .filter((name) => isSecretName(name) && name > page.cursor)
      .sort();
    const some = names.slice(0, page.limit);
    return Promise.resolve({
      names: some.map((name) => ({ ...scope, name, version: "" })),
      cursor: some.length < names.length ? some.at(-1)! : "",
    });
  }

  #read(ref: SecretRef) {
    const text = isSecretName(ref.name) ? this.#environment[variableName(ref.name)] : undefined;
    const found = text !== undefined && text !== "" && ref.version === "";
    const value = found ? new TextEncoder().encode(text) : new Uint8Array();
    return { found, value, version: "", expiresAtMs: 0 };
  }
}

/** Others, `a_b` and `A-B` among them, would share a variable with one of these. */
function isSecretName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name);
}

function variableName(name: string): string {
  return PREFIX + name.toUpperCase().replaceAll("-", "_");
}

function secretName(variable: string): string {
  return variable.slice(PREFIX.length).toLowerCase().replaceAll("_", "-");
}
