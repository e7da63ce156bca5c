import type { Command, Step } from "./event.ts";
import type { Attempt, Reason, Run, Task, TaskOutcome } from "./state.ts";

/** A run while one transition works on it: copies on the first write, collects commands. */
export class Draft {
  run: Run;
  readonly nowMs: number;
  readonly commands: Command[] = [];
  #tasks: Task[] | undefined;

  constructor(run: Run, nowMs: number) {
    this.run = run;
    this.nowMs = nowMs;
  }

  /** Where the tasks stand now. */
  get tasks(): readonly Task[] {
    return this.run.tasks;
  }

  change(fields: Partial<Run>): void {
    this.run = { ...this.run, ...fields };
  }

  setTask(index: number, task: Task): void {
    if (!this.#tasks) {
      this.#tasks = [...this.run.tasks];
      this.run = { ...this.run, tasks: this.#tasks };
    }
    this.#tasks[index] = task;
  }

  /** Replaces the current attempt of a task and sets other fields of the task. */
  setAttempt(index: number, attempt: Attempt, fields: Partial<Task> = {}): void {
    const task = this.tasks[index]!;
    this.setTask(index, { ...task, ...fields, attempts: [...task.attempts.slice(0, -1), attempt] });
  }

  endTask(index: number, state: TaskOutcome, reason: Reason | undefined): void {
    const { dueAtMs: _due, reason: _old, ...task } = this.tasks[index]!;
    this.setTask(index, { ...task, state, ...(reason ? { reason } : {}) });
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  step(): Step {
    return { run: this.run, commands: this.commands };
  }
}

/** The current attempt of a task, or undefined before its first. */
export function currentAttempt(task: Task): Attempt | undefined {
  return task.attempts.at(-1);
}

/** True while the task holds a slot. */
export function isLive(task: Task): boolean {
  return task.state === "starting" || task.state === "running";
}
