import { spawn } from "node:child_process";
import process from "node:process";
import { ROOT } from "./repository.ts";

/** How a child ended. */
export interface ChildResult {
  /** 0 = good; -1 when a signal ended it. */
  readonly code: number;
  /** Both streams, in the order they came. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly ms: number;
}

/** How to run a child. */
export interface ChildOptions {
  readonly env: Readonly<Record<string, string>>;
  /** After this it is killed, with all of its process group. */
  readonly limitMs: number;
  readonly cwd?: string;
  /** Sees the output while it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a program in a process group of its own, without input, and waits for its end. */
export function runChild(
  argv: readonly [string, ...string[]],
  options: ChildOptions,
): Promise<ChildResult> {
  const [program, ...args] = argv;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? ROOT,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let timedOut = false;
    const gather = (chunk: string) => {
      output += chunk;
      options.onOutput?.(chunk);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", gather);
    }
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid!);
    }, options.limitMs);
    let code = -1;
    const finish = () => {
      clearTimeout(timer);
      process.off("exit", killNow);
      resolve({ code, output, timedOut, ms: performance.now() - startedAt });
    };
    const killNow = () => killGroup(child.pid!);
    process.on("exit", killNow);
    child.on("error", (error) => {
      clearTimeout(timer);
      process.off("exit", killNow);
      reject(error);
    });
    child.on("exit", (exitCode) => {
      code = exitCode ?? -1;
      // whoever inherited our pipes would keep us waiting for ever
      setTimeout(() => {
        killGroup(child.pid!);
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, 2_000).unref();
    });
    child.on("close", finish);
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
