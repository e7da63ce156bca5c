import type { Bytes, Json, Page } from "./plugin.ts";

/** What one object store instance can do. */
export interface ObjectStoreTraits {
  /** Part sizes it takes, in bytes; the last part may be smaller. */
  readonly partBytes: { readonly min: number; readonly max: number };
  readonly presign: boolean;
}

/** Keeps bytes. Keys are made by the host: `[a-z0-9/._-]`, at most 200 bytes, written once. */
export interface ObjectStore {
  /** Stores bytes whole. @throws {PluginError} `conflict` when other bytes are there, `corrupt` when they do not match `sha256` */
  put(
    key: string,
    bytes: Bytes,
    sha256: string,
    signal: AbortSignal,
  ): Promise<{ readonly etag: string }>;
  /** Reads a range; `etag` "" = whatever is there. @throws {PluginError} `not_found`, `conflict` when the etag is another one */
  read(
    key: string,
    offset: number,
    maxBytes: number,
    etag: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Bytes; readonly size: number; readonly etag: string }>;
  /** Size and etag, or undefined. */
  head(
    key: string,
    signal: AbortSignal,
  ): Promise<
    { readonly size: number; readonly etag: string; readonly modifiedAtMs: number } | undefined
  >;
  /** Keys that begin with `prefix`, in byte order. */
  list(
    prefix: string,
    page: Page,
    signal: AbortSignal,
  ): Promise<{
    readonly objects: readonly { readonly key: string; readonly size: number }[];
    readonly cursor: string;
  }>;
  /** Absent is fine. */
  delete(key: string, signal: AbortSignal): Promise<void>;
  /** Begins an upload in parts. A repeat may make a second one: see `sweepUploads`. */
  createUpload(key: string, signal: AbortSignal): Promise<{ readonly uploadId: string }>;
  /** Stores one part, numbered from 1; a repeat replaces it. */
  uploadPart(
    key: string,
    uploadId: string,
    part: number,
    bytes: Bytes,
    sha256: string,
    signal: AbortSignal,
  ): Promise<{ readonly etag: string }>;
  /** Makes the object out of its parts; a repeat answers the same. */
  completeUpload(
    key: string,
    uploadId: string,
    parts: readonly { readonly part: number; readonly etag: string }[],
    signal: AbortSignal,
  ): Promise<{ readonly etag: string; readonly size: number }>;
  /** Forgets an upload; an unknown one is fine. */
  abortUpload(key: string, uploadId: string, signal: AbortSignal): Promise<void>;
  /** Forgets uploads begun before `olderThanMs` (an instant). */
  sweepUploads(olderThanMs: number, signal: AbortSignal): Promise<{ readonly aborted: number }>;
  /** A URL that works without credentials for `ttlMs`. */
  readonly presign?: (
    key: string,
    method: "GET" | "PUT",
    ttlMs: number,
    signal: AbortSignal,
  ) => Promise<{ readonly url: string; readonly headers: Json }>;
}
