import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { CancelTimer, EngineClock } from "../supervisor/mod.ts";

/** How long a workspace may outlive its run. */
const SWEEP_MS = 1_000;

/**
 * The folders that runs work in: one a run, gone soon after it. They are swept together: removing
 * each at the end of its run would cost the loop more than the rest of that end does.
 */
export class Workspaces {
  readonly #folder: string;
  readonly #options: {
    readonly clock: EngineClock;
    readonly isLive: (runId: number) => boolean;
    readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  };
  #timer: CancelTimer | undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(
    folder: string,
    options: {
      readonly clock: EngineClock;
      /** True while the run may still use its workspace. */
      readonly isLive: (runId: number) => boolean;
      readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
    },
  ) {
    this.#folder = folder;
    this.#options = options;
  }

  path(runId: number): string {
    return join(this.#folder, String(runId));
  }

  /** A run has ended: what it left is removed within a second. */
  ended(): void {
    this.#timer ??= this.#options.clock.setTimer(SWEEP_MS, () => {
      this.#timer = undefined;
      void this.sweep();
    });
  }

  /** Removes every workspace that no run uses any more; one sweep after the other. */
  sweep(): Promise<void> {
    return this.#sweeping = this.#sweeping.then(async () => {
      const names = await readdir(this.#folder);
      const gone = names.filter((it) => /^\d+$/.test(it) && !this.#options.isLive(Number(it)));
      await Promise.all(gone.map((name) => this.#remove(name)));
    });
  }

  /** Sweeps a last time. */
  async close(): Promise<void> {
    this.#timer?.();
    await this.sweep();
  }

  async #remove(name: string): Promise<void> {
    try {
      const path = join(this.#folder, name);
      // most are empty: no walk
      await rmdir(path).catch(() => rm(path, { recursive: true, force: true }));
    } catch (error) {
      this.#options.warn("a workspace could not be removed", { run: name, error: String(error) });
    }
  }
}
