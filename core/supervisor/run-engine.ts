import { ErrandError } from "../../protocol/errors.ts";
import { failpoint } from "../kernel/failpoint.ts";
import {
  type Command,
  createRun,
  isTerminal,
  resumeRun,
  type Run,
  type RunEvent,
  transition,
} from "../run/mod.ts";
import { AttemptDriver } from "./attempt-driver.ts";
import type { EnginePorts } from "./ports.ts";
import { type LiveRun, liveRun } from "./live-run.ts";
import { RunIds } from "./run-ids.ts";
import { RunWriter } from "./run-writer.ts";
import type { SubmitRequest } from "./service.ts";
import { Timers } from "./timers.ts";

/** The pure machine, as the engine calls it. */
export interface Machine {
  readonly createRun: typeof createRun;
  readonly transition: typeof transition;
  readonly resumeRun: typeof resumeRun;
}

const MACHINE: Machine = { createRun, transition, resumeRun };

/**
 * The loop around the pure machine: event → transition → journal → commands. A side effect happens
 * only after the transition that orders it is durable. All that one turn changes shares one commit.
 */
export class RunEngine {
  readonly drivers: ReadonlyMap<string, AttemptDriver>;
  readonly #ports: EnginePorts;
  readonly #machine: Machine;
  readonly #ids: RunIds;
  readonly #timers: Timers;
  readonly #runs = new Map<number, LiveRun>();
  readonly #writer: RunWriter;
  #depth = 0;
  #closed = false;

  /** `machine` is a parameter so that the simulator can show that a broken one is caught. */
  constructor(ports: EnginePorts, machine: Machine = MACHINE) {
    this.#ports = ports;
    this.#machine = machine;
    this.#ids = new RunIds(ports.lastRunId, ports.lastNumbers);
    this.#timers = new Timers(ports.clock);
    this.#writer = new RunWriter(ports, {
      stored: (live, commands) =>
        this.turn(() => {
          for (const command of commands) this.#execute(live, command, false);
        }),
      neverStored: (live) => this.#forget(live),
      refused: (live, error) => this.#poison(live, error),
      turn: (body) => this.turn(body),
    });
    const host = {
      clock: ports.clock,
      epoch: ports.epoch,
      runOf: (runId: number) => this.#runs.get(runId)?.run,
      dispatch: (runId: number, event: RunEvent) => this.dispatch(runId, event),
      prepare: (run: Run, at: { readonly task: number; readonly n: number }) =>
        ports.preparer.prepare(run, at),
      warn: ports.warn,
    };
    this.drivers = new Map(
      ports.schedulers.map((instance) => [instance.name, new AttemptDriver(instance, host)]),
    );
  }

  /** The runs in hand, as memory has them. */
  get runs(): readonly Run[] {
    return [...this.#runs.values()].map((live) => live.run);
  }

  /** The run as memory has it, which may be ahead of the disk. */
  get(runId: number): Run | undefined {
    return this.#runs.get(runId)?.run;
  }

  /** Accepts a run; resolves once it is durable. @throws {ErrandError} `unavailable`, `full` */
  submit(request: SubmitRequest): Promise<{ readonly runId: number; readonly number: number }> {
    if (this.#closed) {
      return Promise.reject(new ErrandError("unavailable", "the server is shutting down"));
    }
    const { idempotency, ...facts } = request;
    const createdAtMs = this.#ports.clock.nowMs();
    const id = this.#ids.nextId(createdAtMs);
    const number = this.#ids.nextNumber(request.namespace, request.pipeline);
    return new Promise((resolve, reject) => {
      this.turn(() => {
        const step = this.#machine.createRun({ ...facts, id, number, createdAtMs });
        const live = liveRun(step.run);
        live.waiting.push({ done: () => resolve({ runId: id, number }), failed: reject });
        this.#runs.set(id, live);
        this.#writer.touch(live);
        this.#take(live, step.commands);
        failpoint("accepted");
        if (idempotency) {
          const row = this.#ports.idempotencyRow({
            namespace: request.namespace,
            ...idempotency,
            runId: id,
            number,
            atMs: createdAtMs,
          });
          this.#ports.journal.put({ owner: String(id), rows: [row], events: [] });
        }
      });
    });
  }

  /** Takes an event in. An event that changes nothing is dropped. */
  dispatch(runId: number, event: RunEvent): void {
    if (this.#closed) return;
    const live = this.#runs.get(runId);
    if (!live) return;
    this.turn(() => this.#apply(live, event));
  }

  /** As `dispatch`; resolves with whether it changed anything once that, or what it found, is durable. */
  ask(runId: number, event: RunEvent): Promise<boolean> {
    const live = this.#runs.get(runId);
    if (!live || this.#closed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      this.turn(() => {
        const changed = this.#apply(live, event);
        live.waiting.push({ done: () => resolve(changed), failed: reject });
        this.#writer.touch(live);
      });
    });
  }

  /** Runs `body`; all that it changes goes to the journal together. */
  turn(body: () => void): void {
    this.#depth++;
    try {
      body();
    } finally {
      this.#depth--;
    }
    if (this.#depth > 0) return;
    this.#grant();
    this.#writer.flush();
    for (const driver of this.drivers.values()) driver.openGate();
  }

  /** Takes runs in that an earlier server left unfinished; the next complete listings decide on their attempts. */
  resume(runs: readonly Run[]): void {
    this.turn(() => {
      for (const run of runs) {
        const live = liveRun(run, run);
        this.#runs.set(run.id, live);
        run.tasks.forEach((task, i) => {
          if (task.state !== "starting" && task.state !== "running") return;
          const { n, handle } = task.attempts.at(-1)!;
          const { scheduler } = run.definition.tasks[i]!;
          const driver = this.drivers.get(scheduler);
          if (driver) driver.adopt(run.id, { task: i, n, handle });
          else this.#disown(live, { task: i, n, scheduler });
        });
        for (const command of this.#machine.resumeRun(run)) this.#execute(live, command, true);
      }
    });
  }

  /** Stops taking anything in; attempts that run go on. */
  close(): void {
    this.#closed = true;
    this.#writer.close();
    this.#timers.close();
    for (const driver of this.drivers.values()) driver.close();
  }

  #apply(live: LiveRun, event: RunEvent): boolean {
    const step = this.#machine.transition(live.run, event);
    if (step.run === live.run) return false;
    live.run = step.run;
    if (SOFT.has(event.type)) {
      // nothing is ordered by these but timers: they ride along with the next commit
      for (const command of step.commands) this.#execute(live, command, false);
      this.#writer.soften(live);
    } else {
      this.#writer.touch(live);
      this.#take(live, step.commands);
    }
    return true;
  }

  #take(live: LiveRun, commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === "offer" || command.type === "release") {
        this.#execute(live, command, false);
      } else live.commands.push(command);
    }
  }

  #grant(): void {
    const { clock } = this.#ports;
    for (const driver of this.drivers.values()) {
      while (driver.hasRoom) {
        const offer = driver.queue.take();
        if (!offer) break;
        const live = this.#runs.get(offer.runId);
        if (!live) continue;
        const step = this.#machine.transition(live.run, {
          type: "granted",
          task: offer.task,
          nowMs: clock.nowMs(),
        });
        if (step.run === live.run) continue;
        live.run = step.run;
        this.#writer.touch(live);
        driver.grant(offer.runId, offer.task, step.run.tasks[offer.task]!.attempts.length);
        this.#take(live, step.commands);
      }
    }
  }

  /** Its rows were refused: it fails, whatever it was doing; refused again, it is dropped. */
  #poison(live: LiveRun, error: Error): void {
    this.#ports.warn("a run cannot be stored", { run: live.run.id, error: error.message });
    if (live.poisoned || !live.durable) return this.#forget(live);
    live.poisoned = true;
    this.#rollBack(live, live.durable);
    this.turn(() =>
      this.#apply(live, {
        type: "poisoned",
        message: `its state could not be stored: ${error.message}`,
        nowMs: this.#ports.clock.nowMs(),
      })
    );
  }

  /** Its scheduler instance is gone: nobody can say what became of it. */
  #disown(live: LiveRun, at: { task: number; n: number; scheduler: string }): void {
    const { scheduler, ...attempt } = at;
    this.#apply(live, {
      type: "lost",
      ...attempt,
      message: `there is no scheduler ${scheduler} any more: add it to server.yaml again`,
      retryable: false,
      nowMs: this.#ports.clock.nowMs(),
      random: 0,
    });
  }

  /** Back to what the disk has: attempts that were granted since hold their place in the gate no longer. */
  #rollBack(live: LiveRun, durable: Run): void {
    live.run.tasks.forEach((task, i) => {
      const n = task.attempts.length;
      if (n === durable.tasks[i]!.attempts.length) return;
      this.drivers.get(durable.definition.tasks[i]!.scheduler)?.release(durable.id, i, n);
    });
    live.run = durable;
    live.rollbacks++;
  }

  #forget(live: LiveRun): void {
    const { id, tasks, definition } = live.run;
    this.#timers.clearRun(id);
    this.#runs.delete(id);
    this.#writer.forget(live);
    tasks.forEach((task, i) => {
      const n = task.attempts.length;
      if (n > 0) this.drivers.get(definition.tasks[i]!.scheduler)?.abandon(id, i, n);
    });
  }

  #execute(live: LiveRun, command: Command, resumed: boolean): void {
    const { run } = live;
    if (command.type === "timer") {
      const { timer } = command;
      return this.#timers.set(run.id, timer, { resumed, fire: () => this.#fire(run.id, timer) });
    }
    if (command.type === "ended") {
      failpoint("ended");
      this.#forget(live);
      return this.#ports.ended?.(run);
    }
    const definition = run.definition.tasks[command.task]!;
    const driver = this.drivers.get(definition.scheduler);
    if (!driver) {
      const { scheduler } = definition;
      return this.#ports.warn("a task waits for a scheduler that is not there", {
        scheduler,
        run: run.id,
      });
    }
    switch (command.type) {
      case "offer":
        return driver.queue.add({
          runId: run.id,
          task: command.task,
          priority: run.definition.priority,
        });
      case "release":
        this.#timers.clear(run.id, command.task);
        return driver.release(run.id, command.task, command.n);
      case "start":
        return driver.allow(run.id, command.task, command.n);
      case "stop":
        return driver.stop({ runId: run.id, ...command });
      case "remove":
        return driver.remove(run.id, command.task, command.n);
    }
  }

  #fire(runId: number, timer: Extract<Command, { type: "timer" }>["timer"]): void {
    const nowMs = this.#ports.clock.nowMs();
    const { kind, task, n } = timer;
    if (kind === "run_limit") this.dispatch(runId, { type: "run_limit", nowMs });
    else if (kind === "due") this.dispatch(runId, { type: "due", task, n, nowMs });
    else this.dispatch(runId, { type: "limit", limit: kind, task, n, nowMs });
  }

  /** Counts for `status`: runs that wait, and runs that run. */
  count(): { readonly queuedRuns: number; readonly runningRuns: number } {
    let queuedRuns = 0;
    let runningRuns = 0;
    for (const { run } of this.#runs.values()) {
      if (run.state === "queued") queuedRuns++;
      else if (!isTerminal(run.state)) runningRuns++;
    }
    return { queuedRuns, runningRuns };
  }
}

/** Events that change what is shown, and order nothing. */
const SOFT: ReadonlySet<RunEvent["type"]> = new Set(["opened", "accepted", "running"]);
