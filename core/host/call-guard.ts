import { type ErrorCode, isErrorCode, PluginError } from "../../protocol/errors.ts";
import { MAX_MESSAGE_BYTES, measure } from "./measure.ts";

/** How long a call may take. */
export interface CallRule {
  /** Milliseconds until the call ends as `deadline`, the wait that was asked for not counted. */
  readonly deadlineMs: number;
  /** The wait that its arguments ask for, in milliseconds. */
  readonly waitMs?: (args: readonly unknown[]) => number;
}

/** After an abort or a deadline a plugin has this long to end by itself, then nobody waits for it. */
const SETTLE_MS = 1_000;

/**
 * What stands between the host and one plugin instance on every door: a call ends in time, its
 * messages are bounded, and whatever comes out of it is an answer or a `PluginError` that names the
 * instance.
 */
export class CallGuard {
  readonly #name: string;
  readonly #inFlight = new Set<AbortController>();
  readonly #idle: (() => void)[] = [];
  #closed = false;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Makes one call. `args` are what goes to the plugin, without the signal.
   *
   * @throws {PluginError} `deadline`, `cancelled` when the signal aborts, `too_large`,
   * `unavailable` after `close`, or what the plugin threw.
   */
  async call<T>(
    method: string,
    invoke: (signal: AbortSignal) => Promise<T>,
    options: {
      readonly rule: CallRule;
      readonly args: readonly unknown[];
      readonly signal: AbortSignal;
    },
  ): Promise<T> {
    const { rule, args, signal } = options;
    if (this.#closed) throw this.#error("unavailable", `${method}: this instance is closed`);
    if (signal.aborted) throw this.#error("cancelled", `${method}: given up before it began`);
    this.#checkSize(`${method}: the request`, args);
    const limitMs = rule.deadlineMs + (rule.waitMs?.(args) ?? 0);
    const own = new AbortController();
    const give = () => own.abort(signal.reason);
    const late = () =>
      own.abort(this.#error("deadline", `${method} did not answer in ${limitMs} ms`));
    signal.addEventListener("abort", give, { once: true });
    const timer = setTimeout(late, limitMs);
    this.#inFlight.add(own);
    try {
      const answer = await settled(invoke, own.signal);
      this.#checkSize(`${method}: the answer`, answer);
      return answer;
    } catch (reason) {
      throw this.#failure(method, reason, own.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
      this.#inFlight.delete(own);
      if (this.#inFlight.size === 0) { for (const wake of this.#idle.splice(0)) wake(); }
    }
  }

  /** Refuses new calls from now on. */
  refuse(): void {
    this.#closed = true;
  }

  /** Refuses new calls, aborts those in flight, and resolves when the last one has settled. */
  async close(): Promise<void> {
    this.refuse();
    if (this.#inFlight.size === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    const reason = this.#error("unavailable", "this instance is being closed");
    for (const it of this.#inFlight) it.abort(reason);
    await idle;
  }

  /** Turns what a call threw into an error of ours that names the instance. */
  #failure(method: string, reason: unknown, signal: AbortSignal): PluginError {
    if (signal.aborted && !isPluginError(reason)) {
      const { reason: why } = signal;
      if (why instanceof PluginError) return why;
      return this.#error("cancelled", `${method}: the caller gave up`, why);
    }
    if (reason instanceof PluginError && reason.message.startsWith(`${this.#name}: `)) {
      return reason;
    }
    const { code, message, origin, retryAfterMs } = PluginError.from(known(reason));
    return new PluginError(code, `${this.#name}: ${method}: ${message}`, {
      origin,
      retryAfterMs,
      cause: reason,
    });
  }

  #checkSize(what: string, value: unknown): void {
    if (measure(value) <= MAX_MESSAGE_BYTES) return;
    throw this.#error("too_large", `${what} is larger than ${MAX_MESSAGE_BYTES} bytes`);
  }

  #error(
    code: "unavailable" | "cancelled" | "deadline" | "too_large",
    text: string,
    cause?: unknown,
  ) {
    return new PluginError(code, `${this.#name}: ${text}`, { origin: "host", cause });
  }
}

/** Settles as the call does; once the signal aborts, at the latest {@link SETTLE_MS} after. */
function settled<T>(invoke: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = () => timer = setTimeout(() => reject(signal.reason), SETTLE_MS);
    signal.addEventListener("abort", leave, { once: true });
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    };
    new Promise<T>((begin) => begin(invoke(signal))).finally(end).then(resolve, reject);
  });
}

/** Also one whose class came with the plugin: then `instanceof` says nothing. */
function isPluginError(reason: unknown): reason is Error & { readonly code: ErrorCode } {
  return reason instanceof PluginError ||
    (reason instanceof Error && "_tag" in reason && reason._tag === "PluginError" &&
      "code" in reason && isErrorCode(reason.code));
}

/** Facts of a foreign error, in an error of our own class. */
function known(reason: unknown): unknown {
  if (reason instanceof PluginError || !isPluginError(reason)) return reason;
  const foreign: { readonly code: ErrorCode; readonly message: string; retryAfterMs?: unknown } =
    reason;
  const waitMs = Number(foreign.retryAfterMs);
  return new PluginError(foreign.code, foreign.message, {
    retryAfterMs: Number.isFinite(waitMs) ? waitMs : 0,
    cause: reason,
  });
}
