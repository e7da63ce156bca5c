import { ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { AttemptSpec, Change, Exit, Scheduler } from "../../kernel/scheduler.ts";
import { readLogOf, type TrialLog } from "./read-log.ts";
import type { SchedulerGround, SchedulerSubject, Workload } from "./subject.ts";

/** An attempt that a case has started. */
export interface StartedAttempt {
  readonly spec: AttemptSpec;
  readonly handle: string;
}

/** One case at work on one open scheduler. */
export class Trial {
  readonly subject: SchedulerSubject;
  readonly ground: SchedulerGround;
  readonly signal: AbortSignal;
  /** The generation that calls go to. */
  scheduler: Scheduler;
  /** The lease epoch of the imagined server. */
  epoch = 1;
  #cursor = "";
  readonly #seen = new Map<string, Change>();

  constructor(subject: SchedulerSubject, ground: SchedulerGround, signal: AbortSignal) {
    this.subject = subject;
    this.ground = ground;
    this.signal = signal;
    this.scheduler = ground.scheduler;
  }

  /** A complete specification; `over` has the last word. */
  spec(workload: Workload, over: Partial<AttemptSpec> = {}): AttemptSpec {
    return {
      attemptId: this.ground.newAttemptId(),
      handle: "",
      epoch: this.epoch,
      namespace: "default",
      pipeline: "conformance",
      task: "case",
      env: {},
      secrets: [],
      redact: [],
      files: [],
      workspace: this.ground.newWorkspace(),
      logFile: this.ground.newLogFile(),
      maxLogBytes: 0,
      limits: { cpu: 0, memoryBytes: 0, pids: 0 },
      startMs: 0,
      runMs: 0,
      graceMs: 1_000,
      options: "{}",
      ...workload,
      ...over,
    };
  }

  /** Starts an attempt. */
  async start(workload: Workload, over: Partial<AttemptSpec> = {}): Promise<StartedAttempt> {
    const spec = this.spec(workload, over);
    return { spec, handle: (await this.scheduler.start(spec, this.signal)).handle };
  }

  /** Starts an attempt that prints `ready`, and resolves once it has. */
  async startReady(workload: Workload, over: Partial<AttemptSpec> = {}): Promise<StartedAttempt> {
    const started = await this.start(workload, over);
    if (this.subject.traits.logs === "none") await this.reach(started, "running");
    else await this.until(async () => (await this.log(started)).out.includes("ready"));
    return started;
  }

  /** Starts an attempt and resolves when it has exited. */
  async run(workload: Workload, over: Partial<AttemptSpec> = {}) {
    const started = await this.start(workload, over);
    return { ...started, exit: await this.exitOf(started) };
  }

  /** Orders a stop by the handle that the start answered. */
  stop(attempt: StartedAttempt, graceMs: number): Promise<void> {
    const { attemptId } = attempt.spec;
    const ref = { attemptId, handle: attempt.handle, epoch: this.epoch };
    return this.scheduler.stop(ref, graceMs, this.signal);
  }

  /** Removes an attempt. */
  remove(attempt: StartedAttempt): Promise<void> {
    const { attemptId } = attempt.spec;
    const ref = { attemptId, handle: attempt.handle, epoch: this.epoch };
    return this.scheduler.remove(ref, this.signal);
  }

  /** The exit of an attempt, once the watch has reported it. */
  async exitOf(attempt: StartedAttempt): Promise<Exit> {
    const { exit } = await this.reach(attempt, "exited");
    ok(exit, "a change with the state exited has no exit");
    return exit;
  }

  /** Follows the watch until this attempt is in the state, or past it. */
  async reach(attempt: StartedAttempt, state: Change["state"]): Promise<Change> {
    const order = ["pending", "running", "exited"];
    for (;;) {
      const seen = this.#seen.get(attempt.spec.attemptId);
      if (seen && order.indexOf(seen.state) >= order.indexOf(state)) return seen;
      await this.#follow();
    }
  }

  /** A full listing from its beginning, by attempt id. */
  async list(maxChanges = 100): Promise<ReadonlyMap<string, Change>> {
    const found = new Map<string, Change>();
    let cursor = "";
    for (;;) {
      const page = await this.watch(cursor, { maxChanges });
      ok(page.listing !== "no", "a listing was interrupted by a page of changes");
      for (const change of page.changes) found.set(change.attemptId, change);
      if (page.listing === "complete") return found;
      cursor = page.cursor;
    }
  }

  /** One call of `watch`. */
  watch(cursor: string, options: { readonly maxChanges?: number; readonly waitMs?: number } = {}) {
    const { maxChanges = 100, waitMs = 0 } = options;
    return this.scheduler.watch(
      { cursor, maxChanges, waitMs, epoch: this.epoch },
      this.signal,
    );
  }

  /** All that the attempt's log holds by now. */
  log(attempt: StartedAttempt): Promise<TrialLog> {
    return readLogOf(this, attempt);
  }

  /** The whole log of an attempt that has exited. */
  async wholeLog(attempt: StartedAttempt): Promise<TrialLog> {
    if (this.subject.traits.logs === "frames") return await this.log(attempt);
    let log: TrialLog | undefined;
    await this.until(async () => (log = await this.log(attempt)).end);
    return log!;
  }

  /** Hands over to a new generation. */
  async reopen(): Promise<void> {
    this.scheduler = await this.ground.reopen(this.signal);
    this.#cursor = "";
    this.#seen.clear();
  }

  /** Asks again until it is so; only the case's own time limit ends it. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await pause(10, undefined, { signal: this.signal });
  }

  async #follow(): Promise<void> {
    this.signal.throwIfAborted();
    const page = await this.watch(this.#cursor, { waitMs: 1_000 });
    this.#cursor = page.cursor;
    for (const change of page.changes) this.#seen.set(change.attemptId, change);
    const idleMs = Math.max(page.retryAfterMs, page.changes.length === 0 ? 5 : 0);
    if (idleMs > 0) await pause(idleMs, undefined, { signal: this.signal });
  }
}
