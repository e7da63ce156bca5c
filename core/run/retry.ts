import type { RetryCause, RetryPolicy } from "../pipeline/mod.ts";

/** The delay before try `n + 1` in ms, or undefined when there is none. `random` is in [0, 1). */
export function retryDelay(
  policy: RetryPolicy,
  failure: { readonly n: number; readonly cause: RetryCause | undefined; readonly random: number },
): number | undefined {
  const { n, cause, random } = failure;
  if (cause === undefined || n >= policy.attempts || !policy.causes.includes(cause)) {
    return undefined;
  }
  const grown = policy.backoff === "exponential" ? policy.delayMs * 2 ** (n - 1) : policy.delayMs;
  const delay = policy.maxDelayMs > 0 ? Math.min(grown, policy.maxDelayMs) : grown;
  // full range of ±25 %: enough to spread a herd, close enough to what the file says
  const jittered = policy.jitter ? delay * (0.75 + random * 0.5) : delay;
  return Math.round(Math.min(jittered, MAX_DELAY_MS));
}

/** Doubling must end somewhere: a week. */
const MAX_DELAY_MS = 7 * 24 * 3600 * 1000;
