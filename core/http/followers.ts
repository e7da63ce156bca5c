import { ErrandError } from "../../protocol/errors.ts";
import { HttpError } from "./answer.ts";

/** Counts the open streams, bounds them, and ends them all when the server closes. */
export class Followers {
  readonly #max: number;
  readonly #open = new Set<AbortController>();
  #closed = false;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes a place; `leave` gives it back, `signal` fires when the server closes.
   *
   * @throws {ErrandError} `exhausted` when all are taken, `unavailable` while closing
   */
  join(): { readonly signal: AbortSignal; leave(): void } {
    if (this.#closed) throw new ErrandError("unavailable", "the server is shutting down");
    if (this.#open.size >= this.#max) {
      throw new HttpError(
        new ErrandError("exhausted", `${this.#max} streams are open, which is the limit`, {
          facts: { maxStreams: this.#max },
        }),
        { status: 429, headers: { "retry-after": "5" } },
      );
    }
    const controller = new AbortController();
    this.#open.add(controller);
    return { signal: controller.signal, leave: () => void this.#open.delete(controller) };
  }

  /** Ends them all; new ones are refused. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#open) controller.abort();
  }
}
