/** One sentence of a contract that can be run. */
export interface ConformanceCase {
  /** What must be so. Unique within a suite. */
  readonly name: string;
  /** The declared trait it is about, or `contract` for what holds for every implementation. */
  readonly trait: string;
  /**
   * Resolves when it is so. Leaves nothing behind.
   *
   * @throws {Error} (mostly an `AssertionError`) when it is not so, or when the signal aborts first.
   */
  run(signal: AbortSignal): Promise<void>;
}

/** How one case went. */
export interface CaseResult {
  readonly name: string;
  readonly trait: string;
  readonly durationMs: number;
  /** Why it failed; undefined = it passed. */
  readonly failure: Error | undefined;
}

/**
 * Runs one case within `timeoutMs` (default 30 s). Never rejects: a failure is in the result. The
 * time limit holds even when an implementation does not listen to its signal.
 */
export async function runCase(
  it: ConformanceCase,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<CaseResult> {
  const { timeoutMs = 30_000, signal } = options;
  const limit = new AbortController();
  const expire = () => limit.abort(new Error(`"${it.name}" did not end within ${timeoutMs} ms`));
  const timer = setTimeout(expire, timeoutMs);
  const both = signal ? AbortSignal.any([limit.signal, signal]) : limit.signal;
  const startedAtMs = performance.now();
  let failure: Error | undefined;
  try {
    await orAborted(it.run(both), both);
  } catch (reason) {
    failure = reason instanceof Error ? reason : new Error(String(reason));
  } finally {
    clearTimeout(timer);
  }
  const { name, trait } = it;
  return { name, trait, durationMs: performance.now() - startedAtMs, failure };
}

/** Settles as `work` does, but at the latest when the signal aborts. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    // a second later: a case that fails because of the abort says more than the abort
    signal.addEventListener("abort", () => setTimeout(give, 1_000), { once: true });
    work.then(() => signal.aborted ? give() : resolve(), reject);
  });
}
