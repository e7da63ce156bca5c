import type { Bytes, Page } from "./plugin.ts";

/** What one secret store instance can do. */
export interface SecretStoreTraits {
  readonly writable: boolean;
  readonly versions: boolean;
}

/** Names a secret. "" in `namespace` or `pipeline` = the wider scope; "" in `version` = the latest. */
export interface SecretRef {
  readonly namespace: string;
  readonly pipeline: string;
  readonly name: string;
  readonly version: string;
}

/** Keeps secrets. Values never appear in errors, logs or lists. */
export interface SecretStore {
  /** The values of `refs`, in their order. */
  get(
    refs: readonly SecretRef[],
    signal: AbortSignal,
  ): Promise<{
    readonly values: readonly {
      readonly found: boolean;
      readonly value: Bytes;
      readonly version: string;
      /** 0 = does not expire. */
      readonly expiresAtMs: number;
    }[];
  }>;
  /** Names only. */
  list(
    scope: { readonly namespace: string; readonly pipeline: string },
    page: Page,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly SecretRef[]; readonly cursor: string }>;
  /** Stores a version; `requestId` makes a repeat harmless. @throws {PluginError} `conflict` when `ifVersion` is not the latest */
  readonly put?: (
    ref: SecretRef,
    value: Bytes,
    ifVersion: string,
    requestId: string,
    signal: AbortSignal,
  ) => Promise<{ readonly version: string }>;
  /** Absent is fine. */
  readonly delete?: (ref: SecretRef, signal: AbortSignal) => Promise<void>;
}
