import type { CommandContext } from "@stricli/core";
import type { Ports } from "./ports.ts";

/** Where text goes: the real standard output or a test's memory. */
export interface Output {
  write(chunk: string | Uint8Array): void;
  /** Resolves once the reader has taken what was written; await it between large pieces. */
  drained(): Promise<void>;
  readonly isTTY: boolean;
  /** The width in characters; 80 where it is not known. */
  readonly columns: number;
  /** True when colours are wanted: a terminal, and no `NO_COLOR`. */
  readonly color: boolean;
  /** For the argument parser's own messages. */
  readonly getColorDepth: () => number;
}

/** The process as commands see it. */
export interface CliProcess {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: {
    readonly isTTY: boolean;
    /** All of it as UTF-8. */
    readText(): Promise<string>;
    /** One line, without its end; "" at the end of the input. */
    readLine(): Promise<string>;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runtime: "node" | "deno";
  /** True for root, who gets the system's folders by default. */
  readonly isRoot: boolean;
  cwd(): string;
  /** Calls `listener` on SIGINT and SIGTERM, instead of ending, until the answer is called. */
  onInterrupt(listener: (signal: "SIGINT" | "SIGTERM") => void): () => void;
  /** Ends at once. */
  exit(code: number): never;
}

/** What every command is given. */
export interface CliContext extends CommandContext {
  readonly process: CliProcess & { exitCode?: number | string | null };
  /** The doors to the rest of the program; tests put their own in. */
  readonly ports: Ports;
}
