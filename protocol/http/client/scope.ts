import type { Transport } from "./transport.ts";

/** Where the calls of a noun go. */
export interface Scope {
  readonly transport: Transport;
  readonly namespace: string;
  readonly url: string;
  readonly resumeMs: number | undefined;
}
