import type { Timer } from "../run/mod.ts";
import type { CancelTimer, EngineClock } from "./ports.ts";

/** The limits and delays that count now: one a task, one a run. */
export class Timers {
  readonly #clock: EngineClock;
  readonly #running = new Map<number, Map<number, CancelTimer>>();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  /**
   * Starts a timer; one of the same task (or run) gives way. `resumed`: part of it may have passed
   * before this process began, by the wall clock, which is all that a restart has.
   */
  set(runId: number, timer: Timer, options: { resumed: boolean; fire: () => void }): void {
    const { durationMs, sinceMs } = timer;
    const passed = options.resumed ? this.#clock.nowMs() - sinceMs : 0;
    const left = Math.min(Math.max(0, durationMs - passed), durationMs);
    let timers = this.#running.get(runId);
    if (!timers) this.#running.set(runId, timers = new Map());
    timers.get(timer.task)?.();
    timers.set(timer.task, this.#clock.setTimer(left, options.fire));
  }

  /** Ends the timer of a task. */
  clear(runId: number, task: number): void {
    const timers = this.#running.get(runId);
    timers?.get(task)?.();
    timers?.delete(task);
  }

  /** Ends all timers of a run. */
  clearRun(runId: number): void {
    for (const cancel of this.#running.get(runId)?.values() ?? []) cancel();
    this.#running.delete(runId);
  }

  close(): void {
    for (const runId of [...this.#running.keys()]) this.clearRun(runId);
  }
}
