import { Buffer } from "node:buffer";
import { PluginError } from "../../protocol/errors.ts";
import type {
  AttemptRef,
  AttemptSpec,
  Change,
  LogChunk,
  Scheduler,
  SchedulerTraits,
  WatchPage,
} from "../../core/kernel/scheduler.ts";
import type { MemoryAttempt, MemoryBackend } from "./memory-backend.ts";
import { MemoryLog } from "./memory-log.ts";
import { runProgram } from "./memory-program.ts";

/** What the memory scheduler can do: all of it; `logs` is up to the test. */
export function memoryTraits(logs: "frames" | "cursor"): SchedulerTraits {
  return {
    kinds: ["process"],
    reach: "anywhere",
    workspace: true,
    api: true,
    exec: true,
    fence: "backend",
    logs,
    secrets: ["env", "file"],
    stop: "graceful",
    maxOutputBytes: 524_288,
    maxEnvBytes: 32_768,
    maxRunMs: 0,
  };
}

/** The one fake of `Scheduler`: correct in every point, and without a process or a disk. */
export class MemoryScheduler implements Scheduler {
  readonly #backend: MemoryBackend;
  readonly #traits: SchedulerTraits;

  constructor(backend: MemoryBackend, traits: SchedulerTraits) {
    this.#backend = backend;
    this.#traits = traits;
  }

  start(spec: AttemptSpec, _signal: AbortSignal): Promise<{ readonly handle: string }> {
    return settle(() => {
      this.#checkEpoch(spec.epoch);
      const { attempts, fenced } = this.#backend;
      if (fenced.has(spec.attemptId)) {
        throw new PluginError("fenced", `${spec.attemptId} was stopped or removed before`);
      }
      const known = attempts.get(spec.attemptId);
      if (known) return { handle: known.handle };
      const attempt = newAttempt(spec);
      attempts.set(spec.attemptId, attempt);
      this.#backend.changed(attempt);
      void this.#run(attempt);
      return { handle: attempt.handle };
    });
  }

  stop(ref: AttemptRef, graceMs: number, _signal: AbortSignal): Promise<void> {
    return settle(() => {
      this.#checkEpoch(ref.epoch);
      this.#backend.fenced.add(ref.attemptId);
      const attempt = this.#backend.attempts.get(ref.attemptId);
      if (!attempt || attempt.state === "exited") return;
      const code = attempt.onTerm ? attempt.onTerm() : 143;
      if (graceMs > 0 && code !== undefined) {
        const isSignal = code === 143;
        return this.#backend.end(attempt, {
          cause: isSignal ? "signalled" : "exited",
          exitCode: code,
          signal: isSignal ? "SIGTERM" : "",
        });
      }
      this.#killAfter(attempt, graceMs);
    });
  }

  async watch(
    request: {
      readonly cursor: string;
      readonly maxChanges: number;
      readonly waitMs: number;
      readonly epoch: number;
    },
    signal: AbortSignal,
  ): Promise<WatchPage> {
    this.#checkEpoch(request.epoch);
    const cursor = this.#parse(request.cursor);
    if (cursor.listing) return this.#list(cursor, request.maxChanges);
    if (this.#backend.version <= cursor.version && request.waitMs > 0) {
      await this.#backend.nextChange(request.waitMs, signal);
      signal.throwIfAborted();
    }
    const changed = [...this.#backend.attempts.values()]
      .filter((it) => it.version > cursor.version)
      .sort((a, b) => a.version - b.version);
    const page = fitting(changed, request.maxChanges);
    return {
      changes: page.map(toChange),
      cursor: this.#format({ ...cursor, version: page.at(-1)?.version ?? cursor.version }),
      listing: "no",
      retryAfterMs: 0,
    };
  }

  readLog(
    ref: AttemptRef,
    request: { readonly cursor: string; readonly maxBytes: number; readonly waitMs: number },
    _signal: AbortSignal,
  ): Promise<
    { readonly chunks: readonly LogChunk[]; readonly end: boolean; readonly gap: boolean }
  > {
    return settle(() => {
      const attempt = this.#backend.attempts.get(ref.attemptId);
      if (!attempt) throw new PluginError("not_found", `no attempt ${ref.attemptId}`);
      const { chunks, all } = MemoryLog.read(attempt, request);
      return { chunks, end: all && attempt.state === "exited", gap: false };
    });
  }

  remove(ref: AttemptRef, _signal: AbortSignal): Promise<void> {
    return settle(() => {
      this.#checkEpoch(ref.epoch);
      this.#backend.fenced.add(ref.attemptId);
      this.#backend.attempts.delete(ref.attemptId);
    });
  }

  exec(ref: AttemptRef, argv: readonly string[], stdin: Uint8Array) {
    return settle(() => {
      const attempt = this.#backend.attempts.get(ref.attemptId);
      if (attempt?.state !== "running" || argv[0] !== "cat") {
        throw new PluginError("not_found", `${ref.attemptId} does not run`);
      }
      return { exitCode: 4, stdout: stdin, stderr: new Uint8Array() };
    });
  }

  async #run(attempt: MemoryAttempt): Promise<void> {
    const { spec } = attempt;
    const log = new MemoryLog(attempt, this.#traits.logs === "frames");
    let outputs: Uint8Array = new Uint8Array();
    await new Promise(setImmediate); // nothing starts in the turn of its order
    if (attempt.state === "exited") return;
    attempt.startedAtMs = Date.now();
    const end = await runProgram(spec, {
      print: (stream, bytes) => log.print(stream, bytes),
      outputs: (bytes) => outputs = bytes,
      onTerm: (answer) => attempt.onTerm = answer,
    });
    if (attempt.state !== "pending") return;
    if (end === "start_failed") {
      const message = `${spec.attemptId}: no such program`;
      return this.#backend.end(attempt, { cause: "start_failed", exitCode: 127, message });
    }
    attempt.state = "running";
    this.#backend.changed(attempt);
    if (end === "running") {
      if (spec.runMs > 0) this.#endAfter(attempt, spec.runMs);
      return;
    }
    await new Promise(setImmediate);
    if (end === "killed") {
      const killed = { cause: "signalled", exitCode: 137, signal: "SIGKILL" } as const;
      return this.#backend.end(attempt, killed);
    }
    this.#backend.end(attempt, {
      cause: "exited",
      exitCode: end,
      outputs: outputs.slice(0, this.#traits.maxOutputBytes),
      outputsTruncated: outputs.length > this.#traits.maxOutputBytes,
    });
  }

  #killAfter(attempt: MemoryAttempt, graceMs: number): void {
    const killAtMs = performance.now() + graceMs;
    if (attempt.killAtMs !== undefined && attempt.killAtMs <= killAtMs) return;
    attempt.killAtMs = killAtMs;
    clearTimeout(attempt.killTimer);
    const kill = () => {
      this.#backend.end(attempt, { cause: "signalled", exitCode: 137, signal: "SIGKILL" });
    };
    if (graceMs === 0) kill();
    else attempt.killTimer = setTimeout(kill, graceMs);
  }

  #endAfter(attempt: MemoryAttempt, runMs: number): void {
    attempt.killTimer = setTimeout(() => {
      this.#backend.end(attempt, { cause: "deadline", exitCode: 137, signal: "SIGKILL" });
    }, runMs);
  }

  #list(cursor: Cursor, maxChanges: number): WatchPage {
    const left = [...this.#backend.attempts.values()]
      .filter((it) => it.spec.attemptId > cursor.after)
      .sort((a, b) => a.spec.attemptId < b.spec.attemptId ? -1 : 1);
    const page = fitting(left, maxChanges);
    const isLast = page.length === left.length;
    const after = page.at(-1)?.spec.attemptId ?? cursor.after;
    return {
      changes: page.map(toChange),
      cursor: this.#format({ ...cursor, listing: !isLast, after }),
      listing: isLast ? "complete" : "more",
      retryAfterMs: 0,
    };
  }

  /** Cursors hold all that a page needs: any generation can read them. */
  #format({ listing, version, after }: Cursor): string {
    return [this.#backend.name, listing ? "list" : "changes", version, after].join(" ");
  }

  #parse(text: string): Cursor {
    const [name, mode, version, after] = text.split(" ");
    if (name !== this.#backend.name || after === undefined) {
      return { listing: true, version: this.#backend.version, after: "" };
    }
    return { listing: mode === "list", version: Number(version), after };
  }

  #checkEpoch(epoch: number): void {
    if (epoch < this.#backend.epoch) {
      throw new PluginError("fenced", `epoch ${epoch} is older than ${this.#backend.epoch}`);
    }
    this.#backend.epoch = epoch;
  }
}

interface Cursor {
  readonly listing: boolean;
  /** Changes after this one come next. */
  readonly version: number;
  /** The last attempt id that was listed. */
  readonly after: string;
}

function newAttempt(spec: AttemptSpec): MemoryAttempt {
  return {
    spec,
    handle: `memory-${Buffer.from(spec.attemptId).toString("hex")}`,
    frames: [],
    state: "pending",
    exit: undefined,
    startedAtMs: Date.now(),
    version: 0,
    killAtMs: undefined,
    killTimer: undefined,
    onTerm: undefined,
  };
}

function toChange(attempt: MemoryAttempt): Change {
  const { spec, handle, version, state, exit } = attempt;
  const change = { attemptId: spec.attemptId, handle, revision: version, state, node: "" };
  return exit ? { ...change, exit } : change;
}

/** As many as fit a page: 1 MiB, or one. */
function fitting(attempts: readonly MemoryAttempt[], maxChanges: number): readonly MemoryAttempt[] {
  let bytes = 0;
  const tooMany = attempts.findIndex((it, i) => {
    bytes += 500 + (it.exit?.outputs.length ?? 0);
    return i > 0 && (i >= maxChanges || bytes > 1_048_576);
  });
  return tooMany === -1 ? attempts : attempts.slice(0, tooMany);
}

/** Runs what is synchronous as a promise. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
