import type { CliContext, CliProcess, Output } from "../context.ts";
import type { Ports } from "../ports.ts";
import { realPorts } from "../real-ports.ts";

/** How the process of a test should be. */
export interface MemoryOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** A terminal with colours, a person in front of it. */
  readonly terminal?: boolean;
  readonly cwd?: string;
  readonly isRoot?: boolean;
  readonly ports?: Partial<Ports>;
}

/** A process in memory, with what was written to it. */
export interface MemoryProcess {
  readonly context: CliContext;
  readonly out: () => string;
  readonly err: () => string;
  /** The exit code of an `exit()`; undefined when there was none. */
  readonly exited: () => number | undefined;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** How many listen for Ctrl-C. */
  readonly listeners: () => number;
}

/** What `exit()` throws in a test. */
export class Exited extends Error {
  readonly _tag = "Exited" as const;
}

/** Makes a process in memory. The token is a fake one, and no file of this machine is read for it. */
export function memoryProcess(options: MemoryOptions = {}): MemoryProcess {
  const { terminal = false, stdin = "" } = options;
  const written = { out: "", err: "" };
  const listeners = new Set<(signal: "SIGINT") => void>();
  let exited: number | undefined;
  const cliProcess: CliProcess = {
    stdout: memoryOutput((text) => written.out += text, terminal),
    stderr: memoryOutput((text) => written.err += text, terminal),
    stdin: {
      isTTY: terminal,
      readText: () => Promise.resolve(stdin),
      readLine: () => Promise.resolve(stdin.split("\n")[0] ?? ""),
    },
    env: { ERRAND_URL: "http://127.0.0.1:7470", ERRAND_TOKEN: "token", ...options.env },
    runtime: "node",
    isRoot: options.isRoot ?? false,
    cwd: () => options.cwd ?? "/nowhere",
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit(code) {
      exited = code;
      throw new Exited(`exit(${code})`);
    },
  };
  return {
    context: { process: cliProcess, ports: { ...realPorts, ...options.ports } },
    out: () => written.out,
    err: () => written.err,
    exited: () => exited,
    interrupt: () => {
      for (const listener of listeners) listener("SIGINT");
    },
    listeners: () => listeners.size,
  };
}

function memoryOutput(write: (text: string) => void, terminal: boolean): Output {
  const decoder = new TextDecoder();
  return {
    write: (chunk) => write(typeof chunk === "string" ? chunk : decoder.decode(chunk)),
    drained: () => Promise.resolve(),
    isTTY: terminal,
    columns: 80,
    color: terminal,
    getColorDepth: () => terminal ? 4 : 1,
  };
}
