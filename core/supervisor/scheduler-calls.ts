import { PluginError } from "../../protocol/errors.ts";
import type { EngineClock } from "./ports.ts";

const RETRY_MS = { first: 100, longest: 30_000 };

/** What a repeated call needs to know. */
export interface CallOptions {
  /** Asked before each repeat: false = nobody waits for it any more. */
  readonly wanted: () => boolean;
  /** Is told of each failure that is followed by a repeat. */
  readonly failing?: (error: PluginError) => void;
}

/** Calls to one scheduler that are repeated, ever more slowly, while it cannot be reached. */
export class SchedulerCalls {
  readonly #clock: EngineClock;
  readonly #abort = new AbortController();

  constructor(clock: EngineClock) {
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * The answer of `call`; undefined when it is not wanted any more, or everything was given up.
   *
   * @throws what `call` threw, when a repeat would meet the same
   */
  async repeat<T>(call: () => Promise<T>, options: CallOptions): Promise<T | undefined> {
    for (let delayMs = RETRY_MS.first;; delayMs = Math.min(delayMs * 2, RETRY_MS.longest)) {
      try {
        return await call();
      } catch (reason) {
        if (this.signal.aborted || !options.wanted()) return undefined;
        const error = PluginError.from(reason);
        if (!error.retryable) throw reason;
        options.failing?.(error);
        await this.#sleep(Math.max(delayMs, error.retryAfterMs));
        if (this.signal.aborted || !options.wanted()) return undefined;
      }
    }
  }

  /** Gives up every call. */
  close(): void {
    this.#abort.abort(new PluginError("cancelled", "the server is closing", { origin: "host" }));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#clock.setTimer(ms, end);
      this.signal.addEventListener("abort", end);
    });
  }
}
