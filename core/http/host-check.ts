import { ErrandError } from "../../protocol/errors.ts";
import { HttpError } from "./answer.ts";

/** Which `Host` and `Origin` headers are let in. */
export interface HostCheck {
  /** @throws {ErrandError} `denied` */
  check(host: string | undefined, origin: string | undefined): void;
}

/** What a server answers to. */
export interface HostNames {
  /** True when bound to a loopback address: then only names of this machine are let in. */
  readonly loopback: boolean;
  /** Names beside those, without port. */
  readonly names?: readonly string[];
  /** The address that users know, if it is another. */
  readonly publicUrl?: string | undefined;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Keeps foreign pages out: a name that was made to point at loopback (DNS rebinding) is not one of
 * ours, and a page from elsewhere says so in `Origin`.
 */
export function hostCheck(options: HostNames): HostCheck {
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl);
  const names = new Set([
    ...LOOPBACK,
    ...(options.names ?? []).map((name) => name.toLowerCase()),
    ...(publicUrl ? [publicUrl.hostname] : []),
  ]);
  return {
    check(host, origin) {
      if (options.loopback && !names.has(hostname(host ?? ""))) {
        throw new HttpError(
          new ErrandError("denied", "this host name is not one of the server's: use 127.0.0.1"),
          { status: 421 },
        );
      }
      if (origin === undefined || origin === publicUrl?.origin) return;
      if (origin === `http://${host}` || origin === `https://${host}`) return;
      throw new ErrandError("denied", "requests from pages of another origin are refused");
    },
  };
}

/** A `Host` header without its port. */
function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "");
}
