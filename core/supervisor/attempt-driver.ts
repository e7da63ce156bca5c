import { PluginError } from "../../protocol/errors.ts";
import { failpoint } from "../kernel/failpoint.ts";
import type { Change, Exit } from "../kernel/scheduler.ts";
import { attemptId, parseAttemptId, type Run, type RunEvent, SlotQueue } from "../run/mod.ts";
import { Ahead } from "./ahead.ts";
import { findLeak, type HeldAttempt, holdAttempt } from "./held-attempt.ts";
import {
  type EngineClock,
  type PreparedAttempt,
  type SchedulerInstance,
  Unprepared,
} from "./ports.ts";
import { SchedulerCalls } from "./scheduler-calls.ts";

/** What the driver needs of the engine. */
export interface DriverHost {
  readonly clock: EngineClock;
  readonly epoch: number;
  /** The run as memory has it; undefined once its end is durable. */
  runOf(runId: number): Run | undefined;
  dispatch(runId: number, event: RunEvent): void;
  prepare(run: Run, at: { readonly task: number; readonly n: number }):
    | PreparedAttempt
    | Promise<PreparedAttempt>;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Drives the attempts of one scheduler instance: slots, starts, stops, and what a watch reports. */
export class AttemptDriver {
  readonly queue: SlotQueue = new SlotQueue();
  readonly instance: SchedulerInstance;
  readonly #host: DriverHost;
  readonly #held = new Map<string, HeldAttempt>();
  readonly #gate: HeldAttempt[] = [];
  readonly #ahead: Ahead;
  readonly #calls: SchedulerCalls;
  #open = 0;
  /** Attempts whose absence from the listing that is being read would mean something. */
  #listing: { readonly expected: Set<string>; readonly seen: Set<string> } | undefined;

  constructor(instance: SchedulerInstance, host: DriverHost) {
    this.instance = instance;
    this.#host = host;
    this.#ahead = new Ahead(instance.slots);
    this.#calls = new SchedulerCalls(host.clock);
  }

  /** Attempts that hold a slot. */
  get busy(): number {
    return this.#open;
  }

  /** True while one more task may be granted. */
  get hasRoom(): boolean {
    return this.#held.size < this.instance.slots + this.#ahead.allowed;
  }

  /** Books a slot for an attempt that was granted. */
  grant(runId: number, task: number, n: number): void {
    const held = this.#hold(runId, { task, n, handle: "", state: "gate" });
    this.#gate.push(held);
  }

  /** Its intent is durable. */
  allow(runId: number, task: number, n: number): void {
    const held = this.#held.get(attemptId(runId, task, n));
    if (held) held.durable = true;
  }

  /** Takes over an attempt that was live when the last server ended: the next listing decides. */
  adopt(runId: number, at: { task: number; n: number; handle: string }): void {
    const held = this.#hold(runId, { ...at, state: "unknown" });
    held.durable = true;
    held.openedAtMs = this.#host.clock.nowMs();
    this.#open++;
  }

  /** Gives the slot back. */
  release(runId: number, task: number, n: number): void {
    const held = this.#held.get(attemptId(runId, task, n));
    if (!held) return;
    this.#held.delete(held.id);
    if (held.state === "gate") {
      const at = this.#gate.indexOf(held);
      if (at >= 0) this.#gate.splice(at, 1);
    } else {
      this.#open--;
      this.#ahead.note(this.#host.clock.nowMs() - held.openedAtMs);
    }
  }

  /** Its run is gone: the attempt is stopped, and keeps its slot until the scheduler says that it ended. */
  abandon(runId: number, task: number, n: number): void {
    const held = this.#held.get(attemptId(runId, task, n));
    if (!held) return;
    if (held.state === "gate") return this.release(runId, task, n);
    held.abandoned = true;
    void this.#stop(held, 0);
  }

  /** Starts what may start: in order, as far as there is room. */
  openGate(): void {
    while (this.#open < this.instance.slots) {
      const next = this.#gate.findIndex((held) => held.durable);
      if (next < 0) return;
      const [held] = this.#gate.splice(next, 1) as [HeldAttempt];
      held.state = "starting";
      held.openedAtMs = this.#host.clock.nowMs();
      this.#open++;
      void this.#start(held);
    }
  }

  /** Orders a stop; repeated, it can only shorten the grace. */
  stop(at: { runId: number; task: number; n: number; graceMs: number }): void {
    const id = attemptId(at.runId, at.task, at.n);
    const held = this.#held.get(id);
    if (!held) {
      // its exit was read already: the end of its run removes it
      if (this.#host.runOf(at.runId)) return;
      // its run is gone: end it and let it be forgotten, also if it ended unseen
      const ref = this.#ref(id, "");
      void this.#call(() => this.#scheduler.stop(ref, at.graceMs, this.#signal), id)
        .then(() => this.remove(at.runId, at.task, at.n));
      return;
    }
    held.stopGraceMs = Math.min(held.stopGraceMs ?? at.graceMs, at.graceMs);
    if (held.state === "gate") return this.#withdraw(held);
    void this.#stop(held, held.stopGraceMs);
  }

  /** Lets the scheduler forget an attempt whose end is durable. */
  remove(runId: number, task: number, n: number): void {
    const id = attemptId(runId, task, n);
    void this.#call(() => this.#scheduler.remove(this.#ref(id, ""), this.#signal), id);
  }

  /** Call it before the first page of a full listing is asked for. */
  beginListing(): void {
    const expected = new Set<string>();
    for (const held of this.#held.values()) {
      if (held.state === "accepted" || held.state === "unknown") expected.add(held.id);
    }
    this.#listing = { expected, seen: new Set() };
  }

  /** Takes what a page of the watch says; on the last page of a listing also what it does not say. */
  take(changes: readonly Change[], listing: "no" | "more" | "complete"): void {
    for (const change of changes) {
      this.#listing?.seen.add(change.attemptId);
      this.#note(change);
    }
    if (listing !== "complete" || !this.#listing) return;
    const { expected, seen } = this.#listing;
    this.#listing = undefined;
    for (const id of expected) {
      const held = this.#held.get(id);
      if (held && !seen.has(id)) this.#absent(held);
    }
  }

  /** Lets go of everything: calls in flight are aborted, attempts stay as they are. */
  close(): void {
    this.#calls.close();
  }

  get #scheduler() {
    return this.instance.scheduler;
  }

  get #signal(): AbortSignal {
    return this.#calls.signal;
  }

  #hold(runId: number, at: Parameters<typeof holdAttempt>[1]): HeldAttempt {
    const held = holdAttempt(runId, at);
    this.#held.set(held.id, held);
    return held;
  }

  #holds(held: HeldAttempt): boolean {
    return this.#held.get(held.id) === held;
  }

  async #start(held: HeldAttempt): Promise<void> {
    const { clock } = this.#host;
    this.#host.dispatch(held.runId, { type: "opened", ...at(held), nowMs: clock.nowMs() });
    const run = this.#host.runOf(held.runId);
    if (!run || !this.#holds(held)) return;
    if (held.stopGraceMs !== undefined) return this.#withdraw(held);
    try {
      const wanted = () => this.#holds(held);
      const failing = ({ message }: PluginError) =>
        this.#host.warn("a start will be repeated", { attempt: held.id, error: message });
      const prepared = await this.#calls.repeat(
        async () => await this.#host.prepare(run, at(held)),
        { wanted, failing },
      );
      if (!prepared || !wanted()) return;
      held.secretValues = prepared.secretValues;
      const answer = await this.#calls.repeat(() => {
        failpoint("before_start");
        return this.#scheduler.start(prepared.spec, this.#signal);
      }, { wanted, failing });
      if (!answer) return;
      failpoint("after_start");
      this.#accepted(held, answer.handle);
    } catch (reason) {
      this.#refused(held, reason);
    }
  }

  #accepted(held: HeldAttempt, handle: string): void {
    if (!this.#holds(held)) return;
    if (held.state === "starting") held.state = "accepted";
    held.handle = handle;
    this.#host.dispatch(held.runId, { type: "accepted", ...at(held), handle });
    if (held.stopGraceMs !== undefined) void this.#stop(held, held.stopGraceMs);
  }

  #refused(held: HeldAttempt, reason: unknown): void {
    // nobody is left to be told, and it never ran
    if (held.abandoned) return this.release(held.runId, held.task, held.n);
    const error = PluginError.from(reason);
    if (error.code === "fenced") {
      if (held.stopGraceMs !== undefined) return this.#withdraw(held);
      return this.#lost(held, `the scheduler refused it as stopped before: ${error.message}`);
    }
    const notReady = reason instanceof Unprepared;
    this.#host.dispatch(held.runId, {
      type: "unstartable",
      ...at(held),
      reason: notReady ? reason.reason : "start_failed",
      message: error.message,
      // the same request would meet the same refusal
      ...(notReady || OWN_FAULT.has(error.code) ? {} : { cause: "infrastructure" as const }),
      ...this.#moment(),
    });
  }

  #withdraw(held: HeldAttempt): void {
    this.#host.dispatch(held.runId, {
      type: "withdrawn",
      ...at(held),
      nowMs: this.#host.clock.nowMs(),
    });
  }

  #lost(held: HeldAttempt, message: string): void {
    this.#host.dispatch(held.runId, {
      type: "lost",
      ...at(held),
      message,
      retryable: this.instance.traits.fence !== "none",
      ...this.#moment(),
    });
  }

  /** A complete listing does not have it. */
  #absent(held: HeldAttempt): void {
    if (held.abandoned) return this.release(held.runId, held.task, held.n);
    if (held.state === "unknown" && held.handle === "" && this.instance.traits.fence !== "none") {
      // ordered, but its start never arrived; the fence makes a repeat harmless
      if (held.stopGraceMs !== undefined) return this.#withdraw(held);
      held.state = "gate"; // its intent may have run ahead of the slots
      this.#open--;
      this.#gate.push(held);
      return;
    }
    this.#lost(held, `${this.instance.name} does not know it any more`);
  }

  #stop(held: HeldAttempt, graceMs: number): Promise<void> {
    const ref = this.#ref(held.id, held.handle);
    const stop = () => this.#scheduler.stop(ref, graceMs, this.#signal);
    return this.#call(stop, held.id, () => this.#holds(held));
  }

  #note(change: Change): void {
    const held = this.#held.get(change.attemptId);
    if (!held) return this.#stranger(change);
    if (held.abandoned) {
      if (change.state !== "exited") return;
      this.release(held.runId, held.task, held.n);
      return this.remove(held.runId, held.task, held.n);
    }
    if (held.state === "unknown" || held.state === "starting") held.state = "accepted";
    if (held.handle === "" && change.handle !== "") held.handle = change.handle;
    const { clock } = this.#host;
    if (change.state === "running") {
      failpoint("running");
      this.#host.dispatch(held.runId, { type: "running", ...at(held), nowMs: clock.nowMs() });
    } else if (change.state === "exited" && change.exit) this.#exited(held, change.exit);
  }

  #exited(held: HeldAttempt, exit: Exit): void {
    if (held.recalling) return;
    if (exit.outputs.length > 0 && held.secretValues === undefined) {
      void this.#recallSecrets(held).then(() => this.#exited(held, exit));
      return;
    }
    failpoint("exit_seen");
    const leak = held.unchecked ?? findLeak(exit.outputs, held.secretValues ?? []);
    this.#host.dispatch(held.runId, {
      type: "exited",
      ...at(held),
      exit,
      ...(leak ? { refusedOutputs: leak } : {}),
      ...this.#moment(),
    });
  }

  /** After a restart the secrets of an adopted attempt are asked for again: its outputs may hold none. */
  async #recallSecrets(held: HeldAttempt): Promise<void> {
    const run = this.#host.runOf(held.runId);
    held.recalling = true;
    let values: readonly string[] = [];
    try {
      if (run) values = (await this.#host.prepare(run, at(held))).secretValues;
    } catch (error) {
      held.unchecked = `its secrets could not be read again: ${messageOf(error)}`;
    }
    held.secretValues = values;
    held.recalling = false;
  }

  /** An attempt that holds no slot here: of a run that ended, or one that this server never ordered. */
  #stranger(change: Change): void {
    const known = parseAttemptId(change.attemptId);
    // a run in memory removes its attempts itself, once its end is durable
    if (!known || this.#host.runOf(known.runId)) return;
    if (change.state === "exited") this.remove(known.runId, known.task, known.n);
    else this.stop({ runId: known.runId, task: known.task, n: known.n, graceMs: 0 });
  }

  /** A call that nobody waits for: what goes wrong with it is said in the log. */
  async #call(call: () => Promise<void>, id: string, wanted = () => true): Promise<void> {
    try {
      await this.#calls.repeat(call, { wanted });
    } catch (reason) {
      this.#host.warn("a call to a scheduler failed", {
        scheduler: this.instance.name,
        attempt: id,
        error: messageOf(reason),
      });
    }
  }

  #ref(attemptId: string, handle: string) {
    return { attemptId, handle, epoch: this.#host.epoch };
  }

  #moment(): { nowMs: number; random: number } {
    return { nowMs: this.#host.clock.nowMs(), random: this.#host.clock.random() };
  }
}

/** A refusal that the same request would meet again. */
const OWN_FAULT = new Set(["invalid", "unsupported", "too_large", "denied", "not_found"]);

function at(held: HeldAttempt): { task: number; n: number } {
  return { task: held.task, n: held.n };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
