import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants as modes } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { FrameWriter } from "./frame-writer.ts";
import { CAUSE, type Ending, failedEnding } from "./known-attempt.ts";
import { Mask } from "./mask.ts";
import { signalGroup } from "./state-file.ts";

/** What to run. */
export interface ProcessOrder {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: { readonly uid?: number; readonly gid?: number };
  readonly patterns: readonly Uint8Array[];
  readonly logPath: string;
  readonly maxLogBytes: number;
  /** 0 = no limit. */
  readonly runMs: number;
}

/** As in launcher/lifecycle.h. */
const LINGER_MS = 500;
const GIVE_UP_MS = 1_000;
const LOOK_AGAIN_MS = 10;

/** One program in a session of its own, from its start until nothing of it is left. */
export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #log: FrameWriter;
  readonly #settled: (ending: Ending) => void;
  #openStreams = 0;
  #ending: Ending | undefined;
  #killAtMs = Infinity;
  #settleAtMs = Infinity;
  #stopSent = false;
  #killSent = false;
  #overLimit = false;
  #evicted = false;
  #groupGone = false;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(order: ProcessOrder, settled: (ending: Ending) => void) {
    this.#settled = settled;
    this.#log = new FrameWriter(order.logPath, order.maxLogBytes);
    const [file, ...args] = order.argv as [string, ...string[]];
    this.#child = spawn(findProgram(file, order), args, {
      argv0: file,
      cwd: order.cwd === "" ? "/" : order.cwd,
      env: order.env,
      ...order.user,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.on("error", (error) => this.#failed(file, error));
    this.#child.on("exit", (code, signal) => this.#exited(code, signal));
    this.#follow(this.#child.stdout, "out", new Mask(order.patterns));
    this.#follow(this.#child.stderr, "err", new Mask(order.patterns));
    if (order.runMs > 0) this.#later(order.runMs, () => this.#outOfTime());
  }

  /** 0 = it could not be started; its ending follows. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks it to end, and kills it after the grace, which a repeat can only shorten. */
  stop(graceMs: number): void {
    if (this.#killSent || this.pid === 0) return;
    const killAtMs = performance.now() + graceMs;
    if (this.#ending) this.#settleAtMs = Math.min(this.#settleAtMs, killAtMs + GIVE_UP_MS);
    if (graceMs <= 0) return this.#kill();
    if (killAtMs < this.#killAtMs) {
      this.#killAtMs = killAtMs;
      this.#later(graceMs, () => this.#kill());
    }
    if (this.#stopSent) return;
    this.#stopSent = true;
    this.#signal("SIGTERM");
    this.#signal("SIGCONT");
  }

  /** Stops it because the launcher ends. */
  evict(graceMs: number): void {
    this.#evicted = !this.#ending && !this.#stopSent && !this.#killSent;
    this.stop(graceMs);
  }

  /**
   * True when something of its session is there. Its number is kept from others by that, or by its
   * process until that has ended; after both it is never used again.
   */
  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#groupGone) return false;
    if (signalGroup(this.pid, signal)) return true;
    this.#groupGone = this.#ending !== undefined;
    return false;
  }

  #later(ms: number, then: () => void): void {
    this.#timers.push(setTimeout(then, Math.min(ms, 0x7fff_ffff)));
  }

  #outOfTime(): void {
    this.#overLimit = true;
    this.#kill();
  }

  #kill(): void {
    this.#killSent = true;
    this.#signal("SIGKILL");
  }

  #follow(stream: NodeJS.ReadableStream | null, name: "out" | "err", mask: Mask): void {
    if (!stream) return;
    this.#openStreams++;
    stream.on("data", (chunk: Buffer) => this.#log.append(name, mask.push(chunk)));
    stream.on("error", () => {}); // it ends all the same
    stream.on("close", () => {
      this.#log.append(name, mask.push(Buffer.alloc(0), true));
      this.#openStreams--;
      this.#tryToSettle();
    });
  }

  #failed(file: string, error: Error): void {
    if (this.pid !== 0) return; // a signal that could not be sent
    const { code } = error as NodeJS.ErrnoException;
    const message = `cannot run "${file}": ${error.message}`;
    this.#end(failedEnding(CAUSE.startFailed, code === "ENOENT" ? 127 : 126, message));
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const number = signal ? constants.signals[signal] : 0;
    const own = signal ? CAUSE.signalled : CAUSE.exited;
    const evicted = this.#evicted && !this.#overLimit;
    const cause = this.#overLimit ? CAUSE.deadline : evicted ? CAUSE.evicted : own;
    this.#ending = {
      cause,
      code: signal ? 128 + number : code ?? 0,
      signal: number,
      finishedAtMs: Date.now(),
      message: evicted ? "the launcher that ran it was told to end, and ended it" : "",
    };
    this.#signal(0); // at once: is there still a group of that number?
    const linger = this.#stopSent && !this.#killSent ? this.#killAtMs : 0;
    this.#settleAtMs = Math.max(performance.now() + LINGER_MS, linger) + GIVE_UP_MS;
    this.#tryToSettle();
  }

  #tryToSettle(): void {
    if (!this.#ending) return;
    const now = performance.now();
    const inGrace = this.#stopSent && now < this.#killAtMs;
    const group = this.#signal(0); // at each look: it notes when nothing is left
    const waits = this.#openStreams > 0 || (inGrace && group);
    const left = now < this.#settleAtMs - GIVE_UP_MS && waits
      ? true
      : this.#signal("SIGKILL") || this.#openStreams > 0;
    if (left && now < this.#settleAtMs) {
      return this.#later(LOOK_AGAIN_MS, () => this.#tryToSettle());
    }
    this.#end({ ...this.#ending, finishedAtMs: Date.now() });
  }

  #end(ending: Ending): void {
    this.#ending = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#child.removeAllListeners();
    this.#child.on("error", () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.removeAllListeners("close").destroy();
    }
    const missing = this.#log.close();
    this.#settled(ending.message === "" ? { ...ending, message: missing } : ending);
  }
}

/** By the task's own `PATH`, which the runtimes read in different ways. */
function findProgram(name: string, { env, cwd }: ProcessOrder): string {
  if (name.includes("/")) return name;
  for (const folder of (env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(":")) {
    const path = resolve(cwd === "" ? "/" : cwd, folder, name);
    try {
      accessSync(path, modes.X_OK);
      return path;
    } catch {
      // the next one
    }
  }
  return name;
}
