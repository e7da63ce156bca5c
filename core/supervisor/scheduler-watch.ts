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

  /** One page; answers how long to wait before the next, in ms. @throws whatever the scheduler threw */
  async step(signal: AbortSignal): Promise<number> {
    if (this.#cursor === "" && !this.#listing) {
      this.#listing = true;
      this.#driver.beginListing();
    }
    const page = await this.#driver.instance.scheduler.watch({
      cursor: this.#cursor,
      maxChanges: MAX_CHANGES,
      ...this.#options,
    }, signal);
    const { listing } = page;
    if (listing !== "no" && !this.#listing) {
      // it lists because it does not know our cursor: absence counts only in a listing begun here
      this.#engine.turn(() => this.#driver.take(page.changes, "no"));
      this.#cursor = "";
      return page.retryAfterMs;
    }
    this.#engine.turn(() => this.#driver.take(page.changes, listing));
    this.#cursor = page.cursor;
    if (listing === "complete") {
      this.#listing = false;
      this.#listed?.();
    }
    return page.retryAfterMs;
  }

  /** After a failed step: the next one lists again. */
  restart(): void {
    this.#cursor = "";
    this.#listing = false;
  }
}
