import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { type ErrandClient, openClient } from "../../protocol/http/client/mod.ts";
import { findLeftovers, killLeftovers } from "../support/gate/leftovers.ts";
import { ROOT } from "../support/gate/repository.ts";
import { childEnvironment, findRuntimes } from "../support/gate/runtimes.ts";

/** How to start a server. */
export interface ServerOptions {
  readonly runtime?: "node" | "deno";
  readonly slots?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** An existing data directory; default: a new one. */
  readonly dataDir?: string;
}

/** A real server in a process of its own, started as a user would. */
export class BenchServer {
  readonly dataDir: string;
  readonly url: string;
  readonly token: string;
  readonly client: ErrandClient;
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(
    child: ChildProcess,
    facts: {
      readonly dataDir: string;
      readonly url: string;
      readonly token: string;
      readonly readyMs: number;
      readonly exited: Promise<void>;
    },
  ) {
    this.#child = child;
    this.#exited = facts.exited;
    this.dataDir = facts.dataDir;
    this.url = facts.url;
    this.token = facts.token;
    this.readyMs = facts.readyMs;
    this.client = openClient({ url: this.url, token: this.token });
  }

  /** Starts one and waits until it accepts runs. A start that fails leaves nothing behind. */
  static async start(options: ServerOptions = {}): Promise<BenchServer> {
    const dataDir = options.dataDir ?? await makeDataDir();
    const child = spawnServer(dataDir, options);
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    try {
      return new BenchServer(child, {
        dataDir,
        exited,
        ...await untilReady(child, { dataDir, exited }),
      });
    } catch (error) {
      child.kill("SIGKILL");
      await exited;
      if (options.dataDir === undefined) await removeDataDir(dataDir);
      throw error;
    }
  }

  /** The process ids of the server and of what it started. */
  pids(): readonly number[] {
    const others = findLeftovers(this.dataDir).map(({ pid }) => pid);
    return [...new Set([this.#child.pid!, ...others])];
  }

  /** Its own process. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** kill -9; what runs goes on. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Ends it, its launcher and what runs, and removes its data. */
  async close(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    await this.#exited;
    clearTimeout(timer);
    await removeDataDir(this.dataDir);
  }
}

/** Starts a server, hands it over, and ends it whatever comes. */
export async function withServer<T>(
  options: ServerOptions,
  use: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = await BenchServer.start(options);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "errand-bench-"));
  await chmod(dataDir, 0o711); // tasks may run as another user
  return dataDir;
}

/** Ends what still runs out of a data directory, and removes it. */
async function removeDataDir(dataDir: string): Promise<void> {
  killLeftovers(findLeftovers(dataDir));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function untilReady(
  child: ChildProcess,
  { dataDir, exited }: { readonly dataDir: string; readonly exited: Promise<void> },
) {
  const startedAt = performance.now();
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const url = await Promise.race([
    firstUrl(child),
    exited.then(() => {
      throw new Error(`the server ended before it was ready: ${stderr}`);
    }),
  ]);
  while (true) {
    const answer = await fetch(`${url}/readyz`);
    await answer.body?.cancel();
    if (answer.status === 200) break;
  }
  const readyMs = performance.now() - startedAt;
  const token = (await readFile(join(dataDir, "admin.token"), "utf8")).trim();
  return { url, token, readyMs };
}

function spawnServer(dataDir: string, options: ServerOptions): ChildProcess {
  const { runtime = "node", slots = 8, env = {} } = options;
  const program = findRuntimes()[runtime].path;
  const main = join(ROOT, "cli/main.ts");
  const args = [
    ...(runtime === "deno" ? ["run", "-A", main] : [main]),
    ...["serve", "--data", dataDir, "--listen", "127.0.0.1:0", "--slots", String(slots), "--json"],
  ];
  const child = spawn(program, args, {
    env: childEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

async function firstUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url) {
      child.stdout!.resume();
      return url;
    }
  }
  return await new Promise(() => {}); // it ended: the caller sees that first
}
