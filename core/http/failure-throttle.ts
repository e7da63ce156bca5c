/** How many failures within which time are borne. */
export interface ThrottleLimits {
  readonly failures: number;
  readonly windowMs: number;
  /** Addresses remembered at once; the oldest are forgotten. */
  readonly addresses: number;
}

const DEFAULTS: ThrottleLimits = { failures: 20, windowMs: 60_000, addresses: 10_000 };

/**
 * Counts refused tokens by address. Only a refusal is throttled, never a good token: whoever shares
 * an address with a guesser is not locked out, and guessing 256 bits is hopeless anyway.
 */
export class FailureThrottle {
  readonly #limits: ThrottleLimits;
  readonly #seen = new Map<string, { count: number; sinceMs: number }>();

  constructor(limits: Partial<ThrottleLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
  }

  /** Notes a failure; answers how long the caller is to wait, in milliseconds, 0 = not at all. */
  failed(address: string, nowMs: number): number {
    const { failures, windowMs, addresses } = this.#limits;
    let entry = this.#seen.get(address);
    if (!entry || nowMs - entry.sinceMs >= windowMs || nowMs < entry.sinceMs) {
      entry = { count: 0, sinceMs: nowMs };
      this.#seen.delete(address);
      this.#seen.set(address, entry);
      const oldest = this.#seen.keys().next();
      if (this.#seen.size > addresses && !oldest.done) this.#seen.delete(oldest.value);
    }
    entry.count++;
    return entry.count > failures ? entry.sinceMs + windowMs - nowMs : 0;
  }
}
