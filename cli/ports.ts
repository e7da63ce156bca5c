import type { ClientOptions, ErrandClient, PlacedProblem } from "../protocol/http/client/mod.ts";
import type { Finding } from "./doctor/finding.ts";

/**
 * The doors from the command line to the rest of the program. Each loads what is behind it when it
 * is called: a command that needs no engine must not pay for one.
 */
export interface Ports {
  openClient(options: ClientOptions): Promise<ErrandClient>;
  /** Reads a pipeline file without a server. */
  readPipeline(text: string): Promise<PipelineReading>;
  /** What changes from one canonical form to another, sorted by path. */
  diffPipelines(before: unknown, after: unknown): Promise<readonly PipelineChange[]>;
  /** The engine without a server, for `dev`. */
  openDev(options: DevOptions): Promise<DevEngine>;
  /** A server in this process. */
  startServer(options: ServeOptions): Promise<RunningServer>;
  /** Whether the database is whole and the built-in schedulers can run here. Changes nothing. */
  checkEngine(options: ServeOptions): Promise<readonly Finding[]>;
  /** Every setting with its value and where that came from. */
  readSettings(options: ServeOptions): Promise<readonly ShownSetting[]>;
}

/** What reading a pipeline file gave. */
export type PipelineReading =
  | {
    readonly valid: true;
    /** The file's content as JSON, which `PUT pipelines` takes. */
    readonly file: unknown;
    /** The canonical form. */
    readonly definition: PipelineDefinition;
    /** SHA-256 of the canonical form, in hex. */
    readonly hash: string;
  }
  | { readonly valid: false; readonly problems: readonly PlacedProblem[] };

/** One difference between two pipelines; an undefined side = it is not there. */
export interface PipelineChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the command line looks at in a definition. */
export interface PipelineDefinition {
  readonly name: string;
  readonly params: Readonly<Record<string, { readonly type: string }>>;
  readonly tasks: readonly { readonly name: string }[];
}

/** How `dev` wants its engine. */
export interface DevOptions {
  /** An empty folder that it may fill; the caller removes it. */
  readonly dataDir: string;
  /** Run in this folder instead of a workspace of the run's own. */
  readonly workspace?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An engine in this process: the HTTP API without a socket. */
export interface DevEngine {
  readonly token: string;
  readonly fetch: typeof fetch;
  /** Ends what runs and lets go of everything. Idempotent. */
  close(): Promise<void>;
}

/** Where settings come from: options of the command line before the environment before a file. */
export interface ServeOptions {
  readonly dataDir: string;
  /** Setting → text as typed. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A server that accepts runs. */
export interface RunningServer {
  readonly url: string;
  /** What an operator should know, a sentence each. */
  readonly warnings: readonly string[];
  /** Resolves when the server ends by itself, with why. */
  readonly ended: Promise<string>;
  /** Stops accepting, leaves running tasks running. Idempotent. */
  close(): Promise<void>;
}

/** A setting as `config` shows it. */
export interface ShownSetting {
  readonly name: string;
  /** Masked where it is a secret. */
  readonly value: unknown;
  readonly source: "flag" | "environment" | "file" | "default";
}
