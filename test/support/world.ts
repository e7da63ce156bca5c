import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findLeftovers, killLeftovers } from "./gate/leftovers.ts";
import { childEnvironment } from "./gate/runtimes.ts";
import { Ledger } from "./ledger.ts";
import { errandCommand, ServerProcess } from "./server-process.ts";

/** What a command line gave. */
export interface CommandResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command line is started. */
export interface CommandOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
  /** A program, with its arguments, that becomes the command. */
  readonly through?: readonly string[];
}

type StartOptions = Parameters<typeof ServerProcess.start>[1];

/** How long processes that go by themselves may take. */
const GONE_MS = 5_000;
/** A command line that takes longer hangs. */
const COMMAND_MS = 60_000;

/** A folder with a data directory, the servers on it and the command lines that talk to them. */
export class World {
  readonly folder: string;
  readonly dataDir: string;
  readonly #servers: ServerProcess[] = [];
  readonly #mounts: string[] = [];
  readonly #ledgers: Ledger[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.dataDir = join(folder, "data");
  }

  /** Makes the folder; tasks under another uid may pass through. `settings` becomes server.yaml. */
  static async open(options: { readonly settings?: string } = {}): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "ew-"))); // short: sockets live below it
    await chmod(world.folder, 0o755);
    await mkdir(world.dataDir);
    if (options.settings) await writeFile(join(world.dataDir, "server.yaml"), options.settings);
    return world;
  }

  /** A server that runs. @throws {Error} with what it said, when it ended instead */
  async start(options: StartOptions & { readonly dataDir?: string } = {}): Promise<ServerProcess> {
    const server = await this.tryStart(options);
    if (server.url === "") throw new Error(`the server did not start: ${server.stderr}`);
    return server;
  }

  /** A server that runs, or one that has ended and says why. */
  async tryStart(
    options: StartOptions & { readonly dataDir?: string } = {},
  ): Promise<ServerProcess> {
    const { dataDir = this.dataDir, ...rest } = options;
    const server = await ServerProcess.start(dataDir, rest);
    this.#servers.push(server);
    return server;
  }

  /** Runs the command line on this test's runtime, without the caller's Errand settings. */
  errand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const [own, ownArgv] = errandCommand(args);
    const [program, ...argv] = [...options.through ?? [], own, ...ownArgv] as [string, ...string[]];
    return new Promise((resolve, reject) => {
      const child = spawn(program, argv, {
        cwd: options.cwd ?? this.folder,
        env: childEnvironment(options.env),
        stdio: "pipe",
        timeout: COMMAND_MS,
        killSignal: "SIGKILL",
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
      child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
      child.stdin.on("error", () => {}); // a command that reads nothing
      child.stdin.end(options.input ?? "");
    });
  }

  /** A ledger for tasks, which goes with this world. */
  async ledger(): Promise<Ledger> {
    const ledger = await Ledger.open();
    this.#ledgers.push(ledger);
    return ledger;
  }

  /** Writes a file into the folder; answers its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  /** Puts a small file system of its own into the folder, as root; answers its path. */
  async mount(name: string, options: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
    this.#mounts.push(path);
    return path;
  }

  /**
   * Ends the servers that still run and removes the folder. What they owned must be gone by itself.
   *
   * @throws {Error} when a process, a workspace, a socket or an attempt's file is left over
   */
  async close(): Promise<void> {
    for (const server of this.#servers) {
      if (server.child.exitCode === null && server.child.signalCode === null) await server.stop();
    }
    const left = await this.#untilGone();
    killLeftovers(left);
    for (const ledger of this.#ledgers) await ledger.remove();
    const workspaces = await readdir(join(this.dataDir, "work")).catch(() => []);
    const files = await readdir(join(this.dataDir, "instances"), { recursive: true })
      .then((names) => names.filter((name) => /\.sock$|\/out\/./.test(name)), () => []);
    for (const mount of this.#mounts) execFileSync("umount", ["-l", mount]);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    const faults = [
      ...left.map(({ pid, command }) => `process ${pid} is left over: ${command}`),
      ...workspaces.map((name) => `the workspace ${name} is left over`),
      ...files.map((name) => `the file ${name} of an instance is left over`),
    ];
    if (faults.length > 0) throw new Error(faults.join("\n"));
  }

  /** Waits for launchers, which are nobody's children, to go. */
  async #untilGone(): Promise<ReturnType<typeof findLeftovers>> {
    const until = performance.now() + GONE_MS;
    for (;;) {
      const left = findLeftovers(this.folder);
      if (left.length === 0 || performance.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Opens a world for the body and closes it, whatever the body does. */
export async function withWorld(
  body: (world: World) => Promise<void>,
  options: { readonly settings?: string } = {},
): Promise<void> {
  const world = await World.open(options);
  let failed = true;
  try {
    await body(world);
    failed = false;
  } finally {
    // the body's own failure says more than what it left behind
    await world.close().catch((error) => {
      if (!failed) throw error;
    });
  }
}

/** Why a test that has to be root cannot run; false when it can. */
export const NEEDS_ROOT: string | false = process.getuid?.() === 0 ? false : "needs root";
