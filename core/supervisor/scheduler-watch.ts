import type { WatchPage } from "../kernel/scheduler.ts";
import type { AttemptDriver } from "./attempt-driver.ts";
import type { RunEngine } from "./run-engine.ts";

const MAX_CHANGES = 1_000;

/** Follows one scheduler instance: a full listing first, then its changes. Holds the cursor, nothing else. */
export class SchedulerWatch {
  readonly #engine: RunEngine;
  readonly #driver: AttemptDriver;
  readonly #options: { readonly epoch: number; readonly waitMs: number };
  #cursor = "";
  /** True while pages of a listing that was begun here are read. */
  #listing = false;
  #listed: (() => void) | undefined;
  /** Resolves once the first listing is complete. */
  readonly firstListing: Promise<void>;

  constructor(
    engine: RunEngine,
    driver: AttemptDriver,
    options: { readonly epoch: number; readonly waitMs: number },
  ) {
    this.#engine = engine;
    this.#driver = driver;
    this.#options = options;
    this.firstListing = new Promise((resolve) => this.#listed = resolve);
  }

  /** Asks for the next page. @throws whatever the scheduler threw */
  async ask(signal: AbortSignal): Promise<WatchPage> {
    if (this.#cursor === "" && !this.#listing) {
      this.#listing = true;
      this.#driver.beginListing();
    }
    return await this.#driver.instance.scheduler.watch({
      cursor: this.#cursor,
      maxChanges: MAX_CHANGES,
      ...this.#options,
    }, signal);
  }

  /** Takes in what `ask` answered: a failure in here is a fault of ours, not of the scheduler. */
  take({ changes, cursor, listing }: WatchPage): void {
    if (listing !== "no" && !this.#listing) {
      // it lists because it does not know our cursor: absence counts only in a listing begun here
      this.#engine.turn(() => this.#driver.take(changes, "no"));
      this.#cursor = "";
      return;
    }
    this.#engine.turn(() => this.#driver.take(changes, listing));
    this.#cursor = cursor;
    if (listing === "complete") {
      this.#listing = false;
      this.#listed?.();
    }
  }

  /** After a failed step: the next one lists again. */
  restart(): void {
    this.#cursor = "";
    this.#listing = false;
  }
}
