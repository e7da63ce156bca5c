import { chownSync, mkdirSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { ANSWER, REQUEST, type WireReader, type WireWriter } from "../launcher-wire.ts";
import { KEEP_USER } from "../task-user.ts";
import { CAUSE, failedEnding, type KnownAttempt } from "./known-attempt.ts";
import { MAX_OUTPUT, Outputs } from "./outputs.ts";
import { type ProcessOrder, RunningProcess } from "./running-process.ts";
import { StateFile } from "./state-file.ts";

/** Answers requests as the native launcher does: launcher/wire.h says what each means. */
export class FallbackLauncher {
  readonly state: StateFile;
  readonly #outputs: Outputs;
  /** Ended attempts that the client has not been told about. */
  readonly #untold = new Set<KnownAttempt>();
  readonly #ended: () => void;
  #isEnding = false;

  /** `ended` is called when an attempt has ended. */
  constructor(folder: string, ended: () => void) {
    const outputs = join(folder, "out");
    this.#outputs = new Outputs(outputs);
    this.#ended = ended;
    mkdirSync(outputs, { recursive: true, mode: 0o700 });
    this.state = new StateFile(folder);
    for (const attempt of this.state.attempts.values()) this.#takeOutput(attempt);
  }

  get hasRunning(): boolean {
    return [...this.state.attempts.values()].some((it) => it.running);
  }

  /** Stops everything, as evicted, and lets no other start. */
  stopAll(graceMs: number): void {
    this.#isEnding = true;
    for (const { running } of this.state.attempts.values()) running?.evict(graceMs);
  }

  /** Writes what the client was not told. */
  tell(to: WireWriter): void {
    for (const attempt of this.#untold) this.#writeAttempt(to, ANSWER.exited, attempt);
    this.#untold.clear();
  }

  /** Does one request and writes its answer; false = nobody sends that. */
  answer(request: WireReader, to: WireWriter): boolean {
    switch (request.op) {
      case REQUEST.start:
        this.#start(request, to);
        return true;
      case REQUEST.stop:
        this.#stop(request.text(), request.f64());
        writeBare(to, ANSWER.done);
        return true;
      case REQUEST.remove:
        this.#remove(request.text());
        writeBare(to, ANSWER.done);
        return true;
      case REQUEST.list:
        this.#list(request, to);
        return true;
      case REQUEST.find: {
        const found = this.state.attempts.get(request.text());
        if (found && !found.removed) this.#writeAttempt(to, ANSWER.attempt, found);
        else writeBare(to, ANSWER.unknown);
        return true;
      }
      case REQUEST.epoch:
        this.state.noteEpoch(Math.max(request.f64(), this.state.epoch));
        return true;
      default:
        return false;
    }
  }

  #start(request: WireReader, to: WireWriter): void {
    const id = request.text();
    if (this.state.isFenced(id)) {
      return writeRefusal(to, "fenced", "this attempt was stopped or removed before");
    }
    const known = this.state.attempts.get(id);
    if (known) return writeStarted(to, known, false);
    if (this.#isEnding) {
      const message = "the launcher was told to end; try again later";
      return writeRefusal(to, "unavailable", message);
    }
    const logPath = request.text();
    const attempt = this.state.add(id, logPath);
    try {
      const { workspace, user, order } = readOrder(request, logPath);
      attempt.output = this.#outputs.prepare(id, workspace, user);
      // first, as in the native launcher
      const env = { ERRAND_OUTPUT: attempt.output.path, ...order.env };
      attempt.running = new RunningProcess(
        { ...order, env },
        (ending) => this.#settle(attempt, ending),
      );
    } catch (error) {
      return this.#failAtOnce(attempt, to, error);
    }
    attempt.pid = attempt.running.pid;
    if (attempt.pid !== 0) this.state.noteStart(attempt);
    writeStarted(to, attempt, attempt.pid !== 0);
  }

  /** A folder that cannot be made, or a process that the system refuses. */
  #failAtOnce(attempt: KnownAttempt, to: WireWriter, error: unknown): void {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const short = SHORTAGES[code];
    if (short) {
      this.#takeOutput(attempt);
      this.#outputs.remove(attempt.id);
      this.state.attempts.delete(attempt.id);
      return writeRefusal(to, short, `${message}; try again later`);
    }
    const exitCode = error instanceof WrongWorkdir ? 126 : 125;
    this.#settle(attempt, failedEnding(CAUSE.startFailed, exitCode, message));
    writeStarted(to, attempt, false);
  }

  #settle(attempt: KnownAttempt, ending: KnownAttempt["ending"]): void {
    attempt.running = undefined;
    const trouble = this.#takeOutput(attempt);
    attempt.ending = ending && { ...ending, message: ending.message || trouble };
    if (attempt.removed) this.#forget(attempt.id);
    else {
      this.state.noteEnd(attempt);
      this.#untold.add(attempt);
    }
    this.#ended();
  }

  /** Returns what went wrong; "" = nothing. */
  #takeOutput(attempt: KnownAttempt): string {
    const { output } = attempt;
    attempt.output = undefined;
    return output ? this.#outputs.take(attempt.id, output) : "";
  }

  #stop(id: string, graceMs: number): void {
    this.state.noteStop(id);
    this.state.attempts.get(id)?.running?.stop(graceMs);
  }

  #remove(id: string): void {
    const attempt = this.state.attempts.get(id);
    if (!attempt?.running) return this.#forget(id);
    attempt.removed = true;
    attempt.running.stop(0);
  }

  #forget(id: string): void {
    const attempt = this.state.attempts.get(id);
    if (attempt) this.#untold.delete(attempt);
    this.#outputs.remove(id);
    this.state.noteRemoval(id);
  }

  #list(request: WireReader, to: WireWriter): void {
    let after = request.f64();
    let [left, bytes] = [request.u32(), request.u32()];
    let complete = true;
    for (const attempt of this.state.attempts.values()) {
      if (attempt.order <= after || attempt.removed) continue;
      if (left === 0 || bytes <= 0) {
        complete = false;
        break;
      }
      bytes -= this.#writeAttempt(to, ANSWER.attempt, attempt);
      left--;
      after = attempt.order;
    }
    to.beginFrame(ANSWER.pageEnd);
    to.f64(after);
    to.u8(complete ? 1 : 0);
    to.endFrame();
  }

  /** Returns how many bytes that took. */
  #writeAttempt(to: WireWriter, op: number, attempt: KnownAttempt): number {
    const { ending } = attempt;
    const before = to.length;
    to.beginFrame(op);
    to.text(attempt.id);
    to.u32(attempt.pid);
    to.f64(attempt.startedAtMs);
    to.f64(attempt.order);
    to.text(attempt.logPath);
    to.u8(ending ? 1 : 0);
    if (ending) {
      to.u8(ending.cause);
      to.u32(ending.code);
      to.u32(ending.signal);
      to.f64(ending.finishedAtMs);
      to.f64(0); // what it used is not known here
      to.f64(0);
      to.text(ending.message);
      const { bytes, size } = this.#outputs.read(attempt.id);
      to.u8(size > MAX_OUTPUT ? 1 : 0);
      to.bytes(bytes);
    }
    to.endFrame();
    return to.length - before;
  }
}

const SHORTAGES: Readonly<Record<string, string>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EMFILE: "exhausted",
  ENFILE: "exhausted",
  EAGAIN: "exhausted",
  ENOMEM: "exhausted",
};

class WrongWorkdir extends Error {}

function readOrder(
  from: WireReader,
  logPath: string,
): { workspace: string; user: { uid: number; gid: number }; order: ProcessOrder } {
  const workspace = from.text();
  const workdir = from.text();
  const uid = from.u32();
  const gid = from.u32();
  const user = uid === KEEP_USER ? {} : { uid, gid };
  const maxLogBytes = from.f64();
  const runMs = from.f64();
  const argv = Array.from({ length: from.u32() }, () => from.text());
  const env: Record<string, string> = {};
  for (let left = from.u32(); left > 0; left--) {
    const text = from.text();
    const end = text.indexOf("=");
    env[text.slice(0, end)] = text.slice(end + 1);
  }
  const patterns = Array.from({ length: from.u32() }, () => from.bytes());
  if (workspace !== "") makeWorkspace(workspace, user);
  const cwd = isAbsolute(workdir) ? workdir : join(workspace, workdir);
  if (workdir !== "" && !isFolder(cwd)) {
    throw new WrongWorkdir(`cannot enter the working directory "${workdir}": no such folder`);
  }
  const order = { argv, env, cwd, user, patterns, logPath, maxLogBytes, runMs };
  return { workspace, user: { uid, gid }, order };
}

function makeWorkspace(path: string, user: ProcessOrder["user"]): void {
  if (isFolder(path)) return;
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o711 });
  mkdirSync(path, { mode: 0o700 });
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid ?? user.uid);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function writeStarted(to: WireWriter, attempt: KnownAttempt, runs: boolean): void {
  to.beginFrame(ANSWER.started);
  to.u8(runs ? 1 : 0);
  to.u32(attempt.pid);
  to.f64(attempt.startedAtMs);
  to.endFrame();
}

function writeRefusal(to: WireWriter, code: string, message: string): void {
  to.beginFrame(ANSWER.notStarted);
  to.text(code);
  to.text(message);
  to.endFrame();
}

function writeBare(to: WireWriter, op: number): void {
  to.beginFrame(op);
  to.endFrame();
}
