/**
 * The closed list of error codes, and what each becomes on every surface.
 *
 * @module
 */

/** One row of the table: a code, and how each surface says it. */
interface ErrorRow {
  /** The gRPC status name (https://grpc.io/docs/guides/status-codes/). */
  readonly grpc: string;
  /** The HTTP status of a problem document. */
  readonly http: number;
  /** The exit code of the command line. */
  readonly exit: number;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** What it means, for people. */
  readonly meaning: string;
}

/** Every way a call can end badly, in every language and on every transport. */
export const ERROR_CODES = {
  invalid: row("INVALID_ARGUMENT", 400, 2, false, "the request itself is wrong"),
  not_found: row("NOT_FOUND", 404, 3, false, "no such thing"),
  conflict: row("ALREADY_EXISTS", 409, 4, false, "something else has that name, key or version"),
  fenced: row("FAILED_PRECONDITION", 412, 4, false, "the caller or the attempt has been replaced"),
  denied: row("PERMISSION_DENIED", 403, 4, false, "the caller may not do this"),
  unauthenticated: row("UNAUTHENTICATED", 401, 4, false, "no token, or one that is not known"),
  exhausted: row("RESOURCE_EXHAUSTED", 429, 4, true, "a limit is reached"),
  full: row("RESOURCE_EXHAUSTED", 507, 70, true, "no space left on the device"),
  too_large: row("OUT_OF_RANGE", 413, 2, false, "larger than the limit that is named"),
  unsupported: row("UNIMPLEMENTED", 501, 4, false, "this instance cannot do that"),
  unavailable: row("UNAVAILABLE", 503, 5, true, "it cannot be reached now"),
  deadline: row("DEADLINE_EXCEEDED", 504, 5, true, "it did not answer in time"),
  cancelled: row("CANCELLED", 499, 1, false, "the caller gave up"),
  corrupt: row("DATA_LOSS", 500, 70, false, "stored bytes do not match their digest"),
  internal: row("INTERNAL", 500, 70, false, "a fault of ours"),
} as const satisfies Record<string, ErrorRow>;

/** A code out of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** True for a code of the closed list. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

/** A condition with a code: what core, the API and the command line throw and show. */
export class ErrandError extends Error {
  readonly _tag = "ErrandError" as const;
  override readonly name: string = "ErrandError";
  readonly code: ErrorCode;
  /** Machine-readable facts that go with the message; JSON values only, never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options);
    this.code = code;
    this.facts = options.facts ?? {};
  }

  /** Turns whatever was thrown into an `ErrandError`; one passes through, an abort is `cancelled`. */
  static from(reason: unknown): ErrandError {
    if (reason instanceof ErrandError) return reason;
    if (reason instanceof PluginError) {
      return new ErrandError(reason.code, reason.message, { cause: reason });
    }
    const message = reason instanceof Error ? reason.message : String(reason);
    const aborted = reason instanceof Error && reason.name === "AbortError";
    return new ErrandError(aborted ? "cancelled" : "internal", message, { cause: reason });
  }
}

/** A call to a plugin failed. Plugins throw it; the host turns everything else into it. */
export class PluginError extends Error {
  readonly _tag = "PluginError" as const;
  override readonly name: string = "PluginError";
  readonly code: ErrorCode;
  /** Whose fault it is: the plugin's answer, or the host that could not get one. */
  readonly origin: "plugin" | "host";
  /** How long to wait before the next try, in milliseconds; 0 when the plugin did not say. */
  readonly retryAfterMs: number;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & {
      readonly origin?: "plugin" | "host";
      readonly retryAfterMs?: number;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.origin = options.origin ?? "plugin";
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** Turns whatever a plugin threw into a `PluginError`; one passes through. */
  static from(reason: unknown, origin: "plugin" | "host" = "plugin"): PluginError {
    if (reason instanceof PluginError) return reason;
    const message = reason instanceof Error ? reason.message : String(reason);
    if (reason instanceof ErrandError) {
      return new PluginError(reason.code, message, { origin, cause: reason });
    }
    const aborted = reason instanceof Error && reason.name === "AbortError";
    return new PluginError(aborted ? "cancelled" : "internal", message, { origin, cause: reason });
  }
}

function row(
  grpc: string,
  http: number,
  exit: number,
  retryable: boolean,
  meaning: string,
): ErrorRow {
  return { grpc, http, exit, retryable, meaning };
}
