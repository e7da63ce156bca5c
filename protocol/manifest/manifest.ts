/** One of the kernel's interfaces that a plugin can implement. */
export type PluginInterface = "scheduler" | "object_store" | "secret_store" | "trigger";

/** A JSON Schema (2020-12), as an object. */
export type Schema = Readonly<Record<string, unknown>>;

/** How the host reaches a plugin. Paths are inside the plugin's folder. */
export type Runtime =
  | { readonly kind: "wasm"; readonly entry: string }
  | { readonly kind: "process"; readonly entry: string; readonly args?: readonly string[] }
  | { readonly kind: "container"; readonly image: string; readonly args?: readonly string[] }
  | {
    readonly kind: "module";
    /** The TypeScript or JavaScript module. */
    readonly entry: string;
    /** The exported class: constructed with a `Host`, it is the plugin. */
    readonly class: string;
  };

/** `plugin.json`, as `plugin.schema.json` describes it. */
export interface Manifest {
  /** Unique on a server; `[a-z0-9-]`, 1 to 63 characters. */
  readonly id: string;
  /** A semantic version. */
  readonly version: string;
  /** Protocol versions that it speaks, both ends included. */
  readonly protocol: { readonly min: number; readonly max: number };
  readonly interfaces: readonly PluginInterface[];
  readonly runtime: Runtime;
  /** What it asks for: `blob`, `secret:<name>`, `fetch:<host>[:<port>]`. */
  readonly capabilities: readonly string[];
  /** One sentence for people. */
  readonly description: string;
  /** An SPDX licence expression. */
  readonly license: string;
  readonly homepage?: string;
  /** Of an instance's configuration; absent = it takes none. */
  readonly configSchema?: Schema;
  /** Of a task's or a subscription's own settings; absent = it takes none. */
  readonly taskSchema?: Schema;
  /** Interface → its traits, one entry for each of `interfaces`. */
  readonly traits: Readonly<Partial<Record<PluginInterface, Readonly<Record<string, unknown>>>>>;
}
