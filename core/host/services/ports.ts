import type { Bytes, Page } from "../../kernel/plugin.ts";

/** One entry of a plugin's log, checked and bounded. */
export interface PluginLogEntry {
  readonly plugin: string;
  readonly instance: string;
  readonly level: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where plugins' values are kept, each instance apart from the others. */
export interface KvStore {
  /** The value under a key, or undefined. */
  get(
    instance: string,
    key: string,
  ): Promise<{ readonly value: Bytes; readonly revision: number } | undefined>;
  /**
   * Stores a value; durable when it resolves. `ifRevision` undefined = whatever is there, 0 = only
   * when absent.
   *
   * @throws {PluginError} `conflict` when the revision is another one.
   */
  put(
    at: { readonly instance: string; readonly key: string },
    value: Bytes,
    ifRevision?: number,
  ): Promise<{ readonly revision: number }>;
  /** Deletes a key; an absent one is fine. */
  delete(instance: string, key: string): Promise<void>;
  /** Keys that begin with `prefix`, in byte order; cursor "" = no more. */
  list(
    at: { readonly instance: string; readonly prefix: string },
    page: Page,
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string }>;
}

/**
 * What the server gives the host to serve plugins with. A service whose port is absent answers
 * `unsupported`; one that was not granted answers `denied`, whether its port is there or not.
 */
export interface ServicePorts {
  /** Takes log entries; must not throw. */
  log(entry: PluginLogEntry): void;
  readonly kv?: KvStore;
  /** The value of a secret. @throws {PluginError} `not_found` */
  readonly secret?: (name: string, signal: AbortSignal) => Promise<Bytes>;
  /** A range of a blob. @throws {PluginError} `not_found` */
  readonly readBlob?: (
    range: { readonly sha256: string; readonly offset: number; readonly maxBytes: number },
    signal: AbortSignal,
  ) => Promise<Bytes>;
}
