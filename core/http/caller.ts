import { ErrandError } from "../../protocol/errors.ts";
import { type Policy, roleIncludes } from "../../protocol/http/mod.ts";
import { HttpError } from "./answer.ts";
import { FailureThrottle } from "./failure-throttle.ts";
import type { StoredToken, TokenStore } from "./ports.ts";
import { isToken, tokenPrefix } from "./token.ts";

const USED_EVERY_MS = 60_000;

/** Finds out who calls, and whether they may. */
export class Gatekeeper {
  readonly #tokens: TokenStore;
  readonly #nowMs: () => number;
  readonly #throttle: FailureThrottle;
  /** When each token's use was last noted. */
  readonly #noted = new Map<string, number>();

  constructor(
    tokens: TokenStore,
    options: { nowMs(): number; readonly throttle?: FailureThrottle | undefined },
  ) {
    this.#tokens = tokens;
    this.#nowMs = () => options.nowMs();
    this.#throttle = options.throttle ?? new FailureThrottle();
  }

  /**
   * The token behind an `Authorization` header.
   *
   * @throws {ErrandError} `unauthenticated`, or `exhausted` after many failures from one address
   */
  async authenticate(authorization: string | undefined, address: string): Promise<StoredToken> {
    const text = /^Bearer ([^\s]{1,200})$/i.exec(authorization ?? "")?.[1];
    const prefix = text === undefined ? undefined : tokenPrefix(text);
    const token = prefix === undefined ? undefined : await this.#tokens.find(prefix);
    const nowMs = this.#nowMs();
    if (!text || !token || !isToken(text, token.sha256)) {
      throw this.#refused(
        text === undefined
          ? "this needs a token: send `Authorization: Bearer TOKEN`"
          : "this token is not known here",
        address,
      );
    }
    if (token.revokedAtMs !== undefined) throw this.#refused("this token was revoked", address);
    if (token.expiresAtMs !== undefined && token.expiresAtMs <= nowMs) {
      throw this.#refused("this token has expired", address);
    }
    if (nowMs - (this.#noted.get(token.id) ?? 0) >= USED_EVERY_MS) {
      this.#noted.set(token.id, nowMs);
      this.#tokens.used(token.id, nowMs);
    }
    return token;
  }

  #refused(message: string, address: string): ErrandError {
    const waitMs = this.#throttle.failed(address, this.#nowMs());
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      return new HttpError(
        new ErrandError("exhausted", `too many refused tokens: try again in ${seconds} s`),
        { status: 429, headers: { "retry-after": String(seconds) } },
      );
    }
    return new HttpError(new ErrandError("unauthenticated", message), {
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="errand"' },
    });
  }
}

/**
 * Lets a token's holder do what the policy says, in that namespace.
 *
 * @throws {ErrandError} `denied`
 */
export function authorize(
  token: StoredToken,
  call: { readonly policy: Policy; readonly namespace: string | undefined },
): void {
  const { policy, namespace } = call;
  if (policy.access === "public") return;
  if (!roleIncludes(token.role, policy.role)) {
    throw new ErrandError(
      "denied",
      `this needs the role ${policy.role}; the token has the role ${token.role}`,
      { facts: { role: token.role, needed: policy.role } },
    );
  }
  if (policy.scope === "namespace" && !covers(token, namespace ?? "")) {
    throw new ErrandError("denied", `this token is not for the namespace ${namespace}`);
  }
}

/** True when the token is for this namespace. */
export function covers(token: StoredToken, namespace: string): boolean {
  return token.namespaces === "*" || token.namespaces.includes(namespace);
}
