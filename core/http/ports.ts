import type { Role } from "../../protocol/http/mod.ts";
import type { Pipeline, PipelineProblem } from "../pipeline/mod.ts";
import type { Run, RunState } from "../run/mod.ts";
import type { PublicEvent, RunSupervisor } from "../supervisor/mod.ts";

/** An answer that may come at once. */
export type MaybePromise<T> = T | Promise<T>;

/** One version of a pipeline, as stored. */
export interface StoredPipeline {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the canonical form, in hex. */
  readonly hash: string;
  readonly definition: Pipeline;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** Pipelines and their versions. Readers see durable state only. */
export interface PipelineStore {
  /** The live version; undefined when there is none or it was removed. On the hot path: cached. */
  live(namespace: string, name: string): MaybePromise<StoredPipeline | undefined>;
  /** One version, also of a removed pipeline. */
  version(
    namespace: string,
    name: string,
    version: number,
  ): MaybePromise<StoredPipeline | undefined>;
  /** Live versions by name, behind `after`. */
  list(query: {
    readonly namespace: string;
    readonly after: string;
    readonly limit: number;
  }): MaybePromise<readonly StoredPipeline[]>;
  /** Newest first, those with a number below `before`. */
  versions(query: {
    readonly namespace: string;
    readonly name: string;
    readonly before: number;
    readonly limit: number;
  }): MaybePromise<readonly StoredPipeline[]>;
  /**
   * Makes `definition` live, as a new version unless it equals the live one. Resolves once durable.
   * The API never calls it twice at once for one pipeline.
   */
  put(request: {
    readonly namespace: string;
    readonly definition: Pipeline;
    readonly hash: string;
    readonly by: string;
  }): MaybePromise<{ readonly version: number; readonly changed: boolean }>;
  /** Marks it removed; resolves once durable. Its runs and versions stay. */
  remove(request: {
    readonly namespace: string;
    readonly name: string;
    readonly by: string;
  }): MaybePromise<void>;
}

/** A run as lists show it. */
export type RunHead = Omit<Run, "tasks" | "definition">;

/** Runs, finished and unfinished. Readers see durable state only. */
export interface RunReader {
  get(namespace: string, runId: number): MaybePromise<Run | undefined>;
  /** Newest first, those with an id below `before`. */
  list(query: {
    readonly namespace: string;
    readonly pipeline?: string;
    readonly state?: RunState;
    readonly before: number;
    readonly limit: number;
  }): MaybePromise<readonly RunHead[]>;
  /** The id of the pipeline's run with this number. */
  idOf(namespace: string, pipeline: string, number: number): MaybePromise<number | undefined>;
}

/** A piece of an attempt's log: 1 out, 2 err, 3 marker, 4 control (never shown). */
export interface LogPiece {
  readonly stream: number;
  readonly atMs: number;
  readonly bytes: Uint8Array;
  /** The frame border behind it. */
  readonly end: number;
}

/** The logs of attempts: files of frames. */
export interface LogReader {
  /**
   * Whole frames from a frame border on, about `maxBytes` of them but at least one if there is one.
   * An attempt without a log has none.
   */
  read(
    attemptId: string,
    at: { readonly offset: number; readonly maxBytes: number },
  ): MaybePromise<readonly LogPiece[]>;
  /** Resolves once there may be more behind `offset`, or when the signal fires: it never rejects. */
  grown(attemptId: string, offset: number, signal: AbortSignal): Promise<void>;
}

/** The public events that are kept. */
export interface EventReader {
  /** Events up to `prunedTo` are no longer kept (0 = all are); `last` is the newest (0 = none yet). */
  bounds(): MaybePromise<{ readonly prunedTo: number; readonly last: number }>;
  /** Those behind `after`, in order. */
  read(query: {
    readonly after: number;
    readonly limit: number;
  }): MaybePromise<readonly PublicEvent[]>;
}

/** A token as stored: never its text. */
export interface StoredToken {
  readonly id: string;
  /** Who holds it: `user:NAME` of what it starts. */
  readonly name: string;
  /** SHA-256 of the whole token, in hex. */
  readonly sha256: string;
  readonly role: Role;
  /** `*` = all. */
  readonly namespaces: "*" | readonly string[];
  readonly expiresAtMs?: number | undefined;
  readonly revokedAtMs?: number | undefined;
}

/** The tokens that are known. */
export interface TokenStore {
  /** By the prefix in its text. On the hot path: cached, but a revocation shows at once. */
  find(prefix: string): MaybePromise<StoredToken | undefined>;
  /** It was used; called at most once a minute for each token. Must not throw. */
  used(id: string, atMs: number): void;
}

/** A plugin that the server knows. */
export interface PluginEntry {
  readonly id: string;
  readonly version: string;
  readonly kind: string;
  readonly interfaces: readonly string[];
  readonly state: "ready" | "pending" | "starting" | "degraded" | "quarantined" | "refused";
  readonly sha256: string;
  readonly grants: readonly string[];
  readonly pending?: readonly string[];
  readonly reason?: string;
}

/** What the API works with. */
export interface ApiPorts {
  readonly supervisor: Pick<RunSupervisor, "submit" | "cancel" | "subscribe" | "status">;
  readonly pipelines: PipelineStore;
  /**
   * What a valid pipeline needs and the scheduler instances of that namespace lack; none = fit to
   * be stored. `text` is the body as it was sent, for the places.
   */
  checkPipeline(
    pipeline: Pipeline,
    at: { readonly namespace: string; readonly text: string },
  ): MaybePromise<readonly PipelineProblem[]>;
  readonly runs: RunReader;
  readonly logs: LogReader;
  readonly events: EventReader;
  readonly tokens: TokenStore;
  plugins(): MaybePromise<readonly PluginEntry[]>;
  readonly server: {
    readonly version: string;
    /** Epoch ms. */
    readonly startedAtMs: number;
    /** Undefined when runs are accepted, else why not, in words. */
    notReady(): string | undefined;
  };
  /** Epoch ms. */
  nowMs(): number;
  /** Says to the server's log what went wrong; never gets a token or a secret. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}
