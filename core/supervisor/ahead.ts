/**
 * How many intents may run ahead of free slots. With short tasks a slot would idle while the next
 * intent becomes durable; with long ones an intent made early would only wait in the wrong place.
 */
export class Ahead {
  readonly #most: number;
  #averageMs = Number.POSITIVE_INFINITY;

  constructor(slots: number) {
    this.#most = Math.min(slots, 16);
  }

  get allowed(): number {
    return this.#averageMs < SHORT_MS ? this.#most : 0;
  }

  /** Takes note of how long an attempt held its slot. */
  note(heldMs: number): void {
    this.#averageMs = Number.isFinite(this.#averageMs)
      ? this.#averageMs * 0.9 + heldMs * 0.1
      : heldMs;
  }
}

const SHORT_MS = 50;
