import type { EngineClock } from "./ports.ts";

/** The longest that `setTimeout` takes; longer waits are made of several. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own time and chance. Timers keep no process alive. */
export const systemClock: EngineClock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  setTimer(ms, fire) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number) => {
      timer = setTimeout(
        () => left > LONGEST_MS ? wait(left - LONGEST_MS) : fire(),
        Math.min(left, LONGEST_MS),
      );
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
