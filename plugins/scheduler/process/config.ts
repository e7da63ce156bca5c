import type { Json, Problem } from "../../../protocol/sdk/typescript/mod.ts";
import type { LauncherKind } from "./launcher-start.ts";

/** The configuration of an instance, as `configSchema` of plugin.json describes it. */
export interface ProcessConfig {
  /** Who tasks run as; undefined = a uid for each run when the server is root, else `self`. */
  readonly runAs: string | undefined;
  /** Undefined = whichever fits the machine. */
  readonly launcher: LauncherKind | undefined;
  /** How long a launcher without a client and without tasks stays. */
  readonly idleMs: number;
}

const IDLE_MS = 10_000;

/** Reads a configuration; `slots` is the host's. */
export function readConfig(
  text: Json,
): { readonly config: ProcessConfig } | { readonly problems: readonly Problem[] } {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof value !== "object" || value === null) return problem("", "an object is wanted");
  const { runAs, launcher, launcherIdleMs = IDLE_MS } = value as Record<string, unknown>;
  if (runAs !== undefined && (typeof runAs !== "string" || runAs === "")) {
    return problem("/runAs", 'an account, a uid, "uid:gid", "self" or "root" is wanted');
  }
  if (launcher !== undefined && launcher !== "native" && launcher !== "fallback") {
    return problem("/launcher", '"native" or "fallback" is wanted');
  }
  if (typeof launcherIdleMs !== "number" || !(launcherIdleMs >= 0 && launcherIdleMs <= 3_600_000)) {
    return problem("/launcherIdleMs", "0 to 3,600,000 milliseconds are wanted");
  }
  return { config: { runAs, launcher, idleMs: Math.round(launcherIdleMs) } };
}

function problem(path: string, message: string) {
  return { problems: [{ path, message }] };
}
