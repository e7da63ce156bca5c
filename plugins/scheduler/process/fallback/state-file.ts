import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CAUSE, type Ending, failedEnding, type KnownAttempt } from "./known-attempt.ts";

/**
 * The same file as the native launcher's, see launcher/state.h: each goes on where the other stopped.
 * Its lines are never rewritten here; the native one does that, once a day. So it is with `stopped`.
 */
export class StateFile {
  readonly attempts = new Map<string, KnownAttempt>();
  readonly #path: string;
  readonly #stoppedPath: string;
  readonly #fenced = new Set<string>();
  #orders = 0;
  #epoch = 0;

  /** Reads what is there, and ends what earlier launchers left running. */
  constructor(folder: string) {
    this.#path = join(folder, "attempts");
    this.#stoppedPath = join(folder, "stopped");
    for (const path of [`${this.#stoppedPath}.old`, this.#stoppedPath]) this.#load(path, false);
    const boots = this.#load(`${this.#path}.old`, false);
    boots.push(...this.#load(this.#path, true));
    const boot = bootId();
    this.#append(`B ${boot} ${Date.now()}`);
    for (const attempt of this.attempts.values()) this.#endLeftOver(attempt, boots.at(-1) === boot);
  }

  get epoch(): number {
    return this.#epoch;
  }

  isFenced(id: string): boolean {
    return this.#fenced.has(id);
  }

  /** A new attempt, not yet in the file. */
  add(id: string, logPath: string): KnownAttempt {
    const order = ++this.#orders;
    const attempt = { id, order, pid: 0, startedAtMs: Date.now(), logPath, removed: false };
    this.attempts.set(id, attempt);
    return attempt;
  }

  noteEpoch(epoch: number): void {
    this.#epoch = epoch;
    this.#append(`E ${epoch}`);
  }

  noteStart({ id, pid, startedAtMs, logPath, output }: KnownAttempt): void {
    this.#append(`S ${id} ${pid} ${startTick(pid)} ${startedAtMs} ${logPath}`);
    if (output) this.#append(`O ${id} ${output.uid} ${output.path}`);
  }

  noteEnd({ id, pid, startedAtMs, ending }: KnownAttempt): void {
    const { finishedAtMs, cause, code, signal, message } = ending!;
    this.#append(
      `X ${id} ${pid} ${startedAtMs} ${finishedAtMs} ${cause} ${code} ${signal} 0 0 ${message}`,
    );
  }

  noteStop(id: string): void {
    if (this.#fenced.has(id)) return;
    this.#fenced.add(id);
    this.#append(`F ${id}`, this.attempts.has(id) ? this.#path : this.#stoppedPath);
  }

  noteRemoval(id: string): void {
    if (this.#fenced.has(id) && !this.attempts.has(id)) return;
    this.#fenced.add(id);
    this.attempts.delete(id);
    this.#append(`R ${id}`);
  }

  #append(line: string, path = this.#path): void {
    try {
      appendFileSync(path, `\n${line} .\n`, { mode: 0o600 });
    } catch (error) {
      console.error(`cannot write "${path}": ${error}`); // memory still knows
    }
  }

  /** Returns the boot ids of its launchers. */
  #load(path: string, current: boolean): string[] {
    const boots: string[] = [];
    for (const line of readLines(path)) {
      const [kind, id = "", ...fields] = line.split(" ");
      if (kind === "F" || kind === "R") this.#loadFence(kind, id);
      else if (!current) continue;
      else if (kind === "B") boots.push(id);
      else if (kind === "E") this.#epoch = Math.max(this.#epoch, Number(id));
      else if (kind === "S" || kind === "X" || kind === "O") this.#loadAttempt(kind, id, fields);
    }
    return boots;
  }

  #loadFence(kind: "F" | "R", id: string): void {
    this.#fenced.add(id);
    if (kind === "R") this.attempts.delete(id);
  }

  #loadAttempt(kind: "S" | "X" | "O", id: string, fields: readonly string[]): void {
    const numbers = fields.map(Number);
    if (kind === "O") {
      const started = this.attempts.get(id);
      const output = { uid: numbers[0]!, path: fields.slice(1).join(" ") };
      if (started && !started.ending) started.output = output;
      return;
    }
    const logPath = kind === "S" ? fields.slice(3).join(" ") : "";
    const attempt = this.attempts.get(id) ?? this.add(id, logPath);
    attempt.pid = numbers[0]!;
    if (kind === "S") {
      attempt.startedAtMs = numbers[2]!;
      TICKS.set(attempt, numbers[1]!);
      return;
    }
    const [, startedAtMs, finishedAtMs, cause, code, signal] = numbers as [number, ...number[]];
    attempt.startedAtMs = startedAtMs!;
    attempt.output = undefined; // it was taken
    const message = fields.slice(8).join(" ");
    attempt.ending = { cause, code, signal, finishedAtMs, message } as Ending;
  }

  #endLeftOver(attempt: KnownAttempt, sameBoot: boolean): void {
    if (attempt.ending) return;
    const tick = startTick(attempt.pid);
    if (sameBoot && tick > 0 && tick <= (TICKS.get(attempt) ?? 0)) killGroup(attempt.pid);
    const message = "the launcher that ran it has ended; what was left of it was killed";
    attempt.ending = { ...failedEnding(CAUSE.evicted, 128 + 9, message), signal: 9 };
    this.noteEnd(attempt);
  }
}

/** When processes of an earlier launcher were started: see launcher/process.h. */
const TICKS = new WeakMap<KnownAttempt, number>();

/** Sends a signal to the whole session; false = nothing of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function killGroup(pid: number): void {
  signalGroup(pid, "SIGKILL");
}

function readLines(path: string): readonly string[] {
  const text = readText(path);
  return text.split("\n").filter((it) => it.endsWith(" .")).map((it) => it.slice(0, -2));
}

/** In ticks since boot; 0 where that is not known. */
function startTick(pid: number): number {
  const fields = readText(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  return Number(fields[19] ?? 0);
}

function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id").trim() || "unknown";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
