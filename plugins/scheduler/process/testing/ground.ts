import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import {
  type AttemptSpec,
  type Change,
  decodeFrames,
  type Exit,
  type Host,
  type LogFrame,
} from "../../../../protocol/sdk/typescript/mod.ts";
import { ProcessScheduler } from "../process-scheduler.ts";

/** A scheduler in a folder of its own, for tests. */
export class ProcessGround {
  /** The scheduler's own folder, and its launcher's. */
  readonly dataDir: string;
  /** The folder was there before: whoever made it deletes it. */
  readonly #existing: boolean;
  readonly #config: object;
  readonly #generations: ProcessScheduler[] = [];
  #count = 0;

  constructor(dataDir: string, config: object, existing: boolean) {
    this.dataDir = dataDir;
    this.#existing = existing;
    this.#config = config;
  }

  /** Opens one with this configuration, in a new folder or in one that is there. */
  static async open(
    config: object = {},
    at: { readonly folder?: string; readonly name?: string } = {},
  ): Promise<ProcessGround> {
    const folder = at.folder ?? await mkdtemp(join(tmpdir(), "errand-process-"));
    await chmod(folder, 0o711); // as root, tasks are somebody else
    const dataDir = join(folder, at.name ?? "instance");
    const settings = { launcherIdleMs: 2_000, ...config };
    const ground = new ProcessGround(dataDir, settings, at.folder !== undefined);
    await ground.reopen();
    return ground;
  }

  /** Where everything is. */
  get folder(): string {
    return dirname(this.dataDir);
  }

  /** The newest generation. */
  get scheduler(): ProcessScheduler {
    return this.#generations.at(-1)!;
  }

  /** A new generation over the same folder. */
  async reopen(): Promise<ProcessScheduler> {
    const scheduler = new ProcessScheduler(SILENT_HOST);
    const { problems } = await scheduler.configure({
      instance: "process",
      installation: "test",
      generation: this.#generations.length + 1,
      protocol: 1,
      dataDir: this.dataDir,
      config: JSON.stringify(this.#config),
    });
    if (problems.length > 0) throw new Error(problems[0]!.message);
    this.#generations.push(scheduler);
    return scheduler;
  }

  newAttemptId(): string {
    return `1-${this.#count++}-0-1`;
  }

  newWorkspace(): string {
    return join(this.folder, `work-${this.#count++}`);
  }

  newLogFile(): string {
    return join(this.folder, `${this.#count++}.log`);
  }

  /** A complete specification of a shell script. */
  script(text: string, over: Partial<AttemptSpec> = {}): AttemptSpec {
    return {
      attemptId: this.newAttemptId(),
      handle: "",
      epoch: 1,
      namespace: "default",
      pipeline: "test",
      task: "test",
      work: { kind: "process", argv: ["/bin/sh", "-c", text], workdir: "" },
      env: { PATH: process.env["PATH"] ?? "" },
      secrets: [],
      redact: [],
      files: [],
      workspace: this.newWorkspace(),
      logFile: this.newLogFile(),
      maxLogBytes: 0,
      limits: { cpu: 0, memoryBytes: 0, pids: 0 },
      startMs: 0,
      runMs: 0,
      graceMs: 1_000,
      options: "{}",
      ...over,
    };
  }

  /** Starts an attempt and waits for its exit. */
  async run(spec: AttemptSpec): Promise<Exit> {
    await this.scheduler.start(spec, NEVER);
    return await this.exitOf(spec);
  }

  /** The exit of an attempt, once it is reported. */
  async exitOf(spec: AttemptSpec): Promise<Exit> {
    for await (const change of this.changes(spec.epoch)) {
      if (change.attemptId === spec.attemptId && change.exit) return change.exit;
    }
    throw new Error("the watch ended");
  }

  /** Everything that a watch from its beginning tells. */
  async *changes(epoch = 1): AsyncGenerator<Change> {
    let cursor = "";
    for (;;) {
      const page = await this.#page({ cursor, maxChanges: 100, waitMs: 10_000, epoch });
      yield* page?.changes ?? [];
      cursor = page?.cursor ?? "";
    }
  }

  /** Resolves when the log of a running attempt holds this text. */
  async logged(spec: AttemptSpec, text: string): Promise<void> {
    while (!(await this.output(spec)).includes(text)) await pause(5);
  }

  /** What the attempt has written to both streams by now, as latin1. */
  async output(spec: AttemptSpec): Promise<string> {
    const frames = await this.frames(spec);
    return frames.filter((it) => it.stream === "out" || it.stream === "err")
      .map((it) => Buffer.from(it.bytes).toString("latin1")).join("");
  }

  /** The frames of its log. */
  async frames(spec: AttemptSpec): Promise<readonly LogFrame[]> {
    const bytes = await readFile(spec.logFile).catch(() => Buffer.alloc(0));
    return decodeFrames(bytes).frames;
  }

  /** The pids of all processes that belong here: the launcher, and what tasks started. */
  async processes(): Promise<readonly number[]> {
    if (process.platform !== "linux") return [];
    const names = (await readdir("/proc")).filter((it) => /^\d+$/.test(it)).map(Number);
    return names.filter((pid) => pid !== process.pid && this.#isOurs(pid));
  }

  /** The pid of the launcher; 0 = none runs. */
  async launcherPid(): Promise<number> {
    const pids = await this.processes();
    return pids.find((pid) => readProc(pid, "cmdline").includes("launcher-")) ?? 0;
  }

  /**
   * Ends everything and deletes the folder, if it was made here.
   *
   * @throws {Error} when a process is left over.
   */
  async close(): Promise<void> {
    try {
      await this.#stopAll();
      for (const it of this.#generations) await it.shutdown(2_000);
      await this.#allGone();
    } finally {
      if (!this.#existing) await rm(this.folder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #stopAll(): Promise<void> {
    const epoch = 1_000_000;
    for (let running = true, cursor = ""; running || cursor !== "";) {
      const page = await this.#page({ cursor, maxChanges: 1_000, waitMs: 0, epoch });
      running = page === undefined;
      for (const { attemptId, state } of page?.changes ?? []) {
        if (state === "exited") continue;
        running = true;
        await this.scheduler.stop({ attemptId, handle: "", epoch }, 0, NEVER);
      }
      cursor = page?.listing === "more" ? page.cursor : "";
      if (running && cursor === "") await pause(5);
    }
  }

  /** Undefined = its launcher was killed: list anew. */
  #page(request: Parameters<ProcessScheduler["watch"]>[0]) {
    return this.scheduler.watch(request, NEVER).catch((error) => {
      if (error.code !== "unavailable") throw error;
    });
  }

  async #allGone(): Promise<void> {
    const untilMs = performance.now() + 10_000;
    for (;;) {
      const left = await this.processes();
      if (left.length === 0) return;
      if (performance.now() > untilMs) {
        const what = left.map((pid) => readProc(pid, "cmdline").replaceAll("\0", " "));
        for (const pid of left) process.kill(pid, "SIGKILL");
        throw new Error(`left over: ${what.join("; ")}`);
      }
      await pause(5);
    }
  }

  #isOurs(pid: number): boolean {
    return readProc(pid, "cmdline").includes(this.folder) ||
      readProc(pid, "environ").includes(`ERRAND_OUTPUT=${this.folder}/`);
  }
}

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;

const SILENT_HOST = { log: () => Promise.resolve() } as unknown as Host;

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return ""; // it has ended
  }
}
