import type { Bytes, Json, Problem } from "./plugin.ts";

/** What one trigger instance can do. */
export interface TriggerTraits {
  /** `poll` does no I/O and may be called with an invented clock: previews and backfill are then free. */
  readonly pure: boolean;
  readonly receives: boolean;
  readonly watches: boolean;
}

/** A pipeline's registration with a trigger. */
export interface Subscription {
  readonly id: string;
  readonly revision: number;
  readonly config: Json;
}

/** One decision to run. The key makes it happen once. */
export interface Firing {
  readonly subscriptionId: string;
  /** At most 200 bytes; kept by the host for at least 30 days. */
  readonly key: string;
  readonly atMs: number;
  /** At most 256 KiB. */
  readonly payload: Json;
}

/** Decides when. Filters, mapping, rate limits and keys belong to the host. */
export interface Trigger {
  /** Says what is wrong with a configuration and answers its full form; no I/O, no effect. */
  check(
    config: Json,
    signal: AbortSignal,
  ): Promise<{ readonly config: Json; readonly problems: readonly Problem[] }>;
  /** The full desired set, paged, after every start and change; what is not in it is unsubscribed at the last page. */
  sync(
    request: {
      readonly revision: number;
      readonly subscriptions: readonly Subscription[];
      readonly last: boolean;
    },
    signal: AbortSignal,
  ): Promise<{ readonly problems: readonly Problem[] }>;
  /** What is due at `nowMs`, from the state that the host keeps. */
  poll(
    request: {
      readonly nowMs: number;
      readonly due: readonly { readonly subscription: Subscription; readonly state: string }[];
      readonly maxFirings: number;
    },
    signal: AbortSignal,
  ): Promise<{
    readonly results: readonly {
      readonly subscriptionId: string;
      readonly firings: readonly Firing[];
      readonly state: string;
      /** When to ask again; 0 = never. */
      readonly wakeAtMs: number;
      readonly problem: string;
    }[];
  }>;
  /** A pushed event. */
  readonly receive?: (
    request: {
      readonly method: string;
      readonly path: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Bytes;
      readonly receivedAtMs: number;
    },
    to: readonly { readonly subscription: Subscription; readonly secret: Bytes }[],
    signal: AbortSignal,
  ) => Promise<{
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Bytes;
    readonly firings: readonly Firing[];
    readonly refused: string;
  }>;
  /** The cursor passed in acknowledges every firing before it: the host passes it once they are durable. */
  readonly watch?: (
    request: { readonly cursor: string; readonly maxFirings: number; readonly waitMs: number },
    signal: AbortSignal,
  ) => Promise<{
    readonly firings: readonly Firing[];
    readonly cursor: string;
    readonly retryAfterMs: number;
  }>;
}
