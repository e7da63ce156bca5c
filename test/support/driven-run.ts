import type { Exit } from "../../core/kernel/scheduler.ts";
import type { Pipeline } from "../../core/pipeline/mod.ts";
import {
  type Command,
  createRun,
  type Run,
  type RunEvent,
  transition,
} from "../../core/run/mod.ts";

/** A run driven by hand through the pure machine, with the commands it gave so far. */
export class DrivenRun {
  run: Run;
  readonly commands: Command[] = [];
  nowMs = 1_000;

  constructor(definition: Pipeline, params: Run["params"] = {}) {
    this.run = this.#take(createRun({
      id: 7,
      number: 1,
      namespace: "default",
      pipeline: definition.name,
      version: 1,
      definition,
      params,
      initiator: "user:test",
      createdAtMs: this.nowMs,
    }));
  }

  send(event: RunEvent): this {
    this.run = this.#take(transition(this.run, event));
    return this;
  }

  /** Grants, starts and ends one try of the task. */
  finish(name: string, exitCode = 0, exit: Partial<Exit> = {}): this {
    this.start(name);
    const task = this.index(name);
    return this.send({
      type: "exited",
      task,
      n: this.run.tasks[task]!.attempts.length,
      exit: { ...exited(exitCode, this.nowMs), ...exit },
      nowMs: this.nowMs,
      random: 0.5,
    });
  }

  /** Grants a slot to the task and lets its scheduler say that it runs. */
  start(name: string): this {
    const task = this.index(name);
    if (this.run.tasks[task]!.state === "queued") {
      this.send({ type: "granted", task, nowMs: this.nowMs });
    }
    const n = this.run.tasks[task]!.attempts.length;
    this.send({ type: "accepted", task, n, handle: "h" });
    return this.send({ type: "running", task, n, nowMs: this.nowMs });
  }

  cancel(force = false): this {
    return this.send({ type: "cancel", force, by: "user:test", nowMs: this.nowMs });
  }

  index(name: string): number {
    return this.run.definition.tasks.findIndex((task) => task.name === name);
  }

  /** `name:state` of every task, in order. */
  get states(): string {
    return this.run.tasks.map((t, i) => `${this.run.definition.tasks[i]!.name}:${t.state}`).join(
      " ",
    );
  }

  /** The reason of a task's end. */
  reason(name: string): string | undefined {
    return this.run.tasks[this.index(name)]!.reason?.reason;
  }

  /** Commands of one type, since the beginning. */
  ordered(type: Command["type"]): Command[] {
    return this.commands.filter((command) => command.type === type);
  }

  #take(step: { readonly run: Run; readonly commands: readonly Command[] }): Run {
    this.commands.push(...step.commands);
    return step.run;
  }
}

/** An exit by itself with this code. */
export function exited(exitCode: number, nowMs: number): Exit {
  return {
    cause: "exited",
    exitCode,
    signal: "",
    message: "",
    startedAtMs: nowMs,
    finishedAtMs: nowMs,
    outputs: new Uint8Array(),
    outputsTruncated: false,
  };
}
