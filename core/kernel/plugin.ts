/** JSON as text. Not a parsed value: QuickJS, serde and Go then need no special type. */
export type Json = string;
/** Raw bytes. */
export type Bytes = Uint8Array;

/** A page of a list. */
export interface Page {
  /** "" = from the beginning. */
  readonly cursor: string;
  /** The most entries wanted, 1 to 1,000. */
  readonly limit: number;
}

/** What is wrong with one place of a configuration. */
export interface Problem {
  /** A JSON pointer (RFC 6901) into the configuration; "" = the whole. */
  readonly path: string;
  /** What was wanted, what was found, what to do. */
  readonly message: string;
}

/** What the host offers a plugin on every door. Only what was granted works; the rest is `denied`. */
export interface Host {
  /** Adds entries to the server's log under the plugin's name. */
  log(
    entries: readonly {
      readonly level: "debug" | "info" | "warning" | "error";
      readonly message: string;
      readonly fields: Json;
    }[],
  ): Promise<void>;
  /** The value under `key` of this instance, or undefined. */
  kvGet(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly value: Bytes; readonly revision: number } | undefined>;
  /**
   * Stores a value; durable when it resolves. `ifRevision` undefined = whatever is there, 0 = only
   * when absent.
   *
   * @throws {PluginError} `conflict` when the revision is another one.
   */
  kvPut(
    key: string,
    value: Bytes,
    ifRevision: number | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly revision: number }>;
  /** Deletes a key; an absent one is fine. */
  kvDelete(key: string, signal: AbortSignal): Promise<void>;
  /** Keys that begin with `prefix`, in byte order; cursor "" = no more. */
  kvList(
    prefix: string,
    page: Page,
    signal: AbortSignal,
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string }>;
  /** A secret that was granted by name. @throws {PluginError} `denied`, `not_found` */
  secret(name: string, signal: AbortSignal): Promise<Bytes>;
  /** Up to `maxBytes` of a blob from `offset`. @throws {PluginError} `not_found` */
  readBlob(sha256: string, offset: number, maxBytes: number, signal: AbortSignal): Promise<Bytes>;
  /** An HTTP request to a granted host, made by the host. @throws {PluginError} `denied` */
  fetch(
    request: {
      readonly method: string;
      readonly url: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Bytes;
      readonly maxBytes: number;
    },
    signal: AbortSignal,
  ): Promise<{
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Bytes;
  }>;
}

/** What a plugin says of itself. */
export interface PluginDescription {
  readonly id: string;
  readonly version: string;
  /** Protocol versions it speaks; the host picks one. */
  readonly protocol: { readonly min: number; readonly max: number };
  /** Of `scheduler`, `object_store`, `secret_store`, `trigger`. */
  readonly interfaces: readonly string[];
  /** JSON Schema of the instance's configuration. */
  readonly configSchema: Json;
  /** JSON Schema of a task's (subscription's) own settings. */
  readonly taskSchema: Json;
  /** A JSON object: interface → its traits. */
  readonly traits: Json;
}

/** What every plugin has, whatever else it implements. */
export interface Plugin {
  /** Constant for one version. Called before `configure`. */
  info(signal: AbortSignal): Promise<PluginDescription>;
  /**
   * One configured instance per process or child. Repeated with the same input it does nothing.
   * Problems mean: not configured, with field paths.
   */
  configure(
    request: {
      readonly instance: string;
      /** Names this server's things in a backend that others use too; `[a-z0-9]`, ≤ 16 bytes. */
      readonly installation: string;
      readonly generation: number;
      readonly protocol: number;
      /** A folder of the instance's own; "" where there is none. */
      readonly dataDir: string;
      readonly config: Json;
    },
    signal: AbortSignal,
  ): Promise<{ readonly problems: readonly Problem[] }>;
  /** How it is now; answers within a second. */
  health(
    signal: AbortSignal,
  ): Promise<{ readonly state: "ready" | "degraded" | "down"; readonly message: string }>;
  /** Ends calls in flight and lets go of the backend within `graceMs`. Attempts stay as they are. Idempotent. */
  shutdown(graceMs: number, signal: AbortSignal): Promise<void>;
}
