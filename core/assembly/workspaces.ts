import { rmdirSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** The folders that runs work in: one a run, gone with it. */
export class Workspaces {
  readonly #folder: string;
  readonly #warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly #removing = new Set<Promise<void>>();

  constructor(
    folder: string,
    warn: (message: string, fields: Readonly<Record<string, unknown>>) => void,
  ) {
    this.#folder = folder;
    this.#warn = warn;
  }

  path(runId: number): string {
    return join(this.#folder, String(runId));
  }

  /** Removes the workspace of a run that has ended: an empty one at once, others in the background. */
  remove(runId: number): void {
    const path = this.path(runId);
    try {
      rmdirSync(path); // most are empty: handing one call to a thread costs ten times the call
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    }
    const work = rm(path, { recursive: true, force: true }).catch((error) =>
      this.#warn("a workspace could not be removed", { run: runId, error: String(error) })
    );
    this.#removing.add(work);
    void work.finally(() => this.#removing.delete(work));
  }

  /** Removes what an earlier server did not get to. */
  async sweep(isLive: (runId: number) => boolean): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (/^\d+$/.test(name) && !isLive(Number(name))) this.remove(Number(name));
    }
  }

  /** Resolves once everything under way is removed. */
  async settled(): Promise<void> {
    await Promise.all(this.#removing);
  }
}
