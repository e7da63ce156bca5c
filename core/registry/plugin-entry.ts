import type { BrokenPlugin, FoundPlugin } from "./find-plugins.ts";
import type { InstanceEntry } from "./instances.ts";

/** A plugin that the server knows, as it is listed. */
export interface PluginEntry {
  readonly id: string;
  readonly version: string;
  /** The kind of its runtime; "" when its manifest cannot be read. */
  readonly kind: string;
  readonly interfaces: readonly string[];
  /**
   * `pending`: it asks for capabilities that nobody granted. `degraded`: some of its instances could
   * not be opened. `refused`: none could, or it cannot be used at all.
   */
  readonly state: "ready" | "pending" | "degraded" | "refused";
  /** Of its folder's content, in hexadecimal; "" when it cannot be read. */
  readonly sha256: string;
  readonly grants: readonly string[];
  /** What it asks for and has not got. */
  readonly pending?: readonly string[];
  /** Why it is not ready, for people. */
  readonly reason?: string;
}

/** A line for a plugin whose manifest is right. */
export function entryOf(
  plugin: FoundPlugin,
  facts: {
    readonly grants: readonly string[];
    readonly pending: readonly string[];
    readonly refusal: string | undefined;
    readonly instances: readonly InstanceEntry[];
  },
): PluginEntry {
  const { manifest: { id, version, runtime, interfaces }, sha256 } = plugin;
  const { grants, pending, refusal, instances } = facts;
  const line = { id, version, kind: runtime.kind, interfaces, sha256, grants };
  if (refusal !== undefined) return { ...line, state: "refused", reason: refusal };
  if (pending.length > 0) return { ...line, state: "pending", pending };
  const failed = instances.filter((it) => it.state === "refused");
  if (failed.length === 0) return { ...line, state: "ready" };
  const state = failed.length === instances.length ? "refused" : "degraded";
  return { ...line, state, reason: failed.map((it) => it.reason).join("; ") };
}

/** A line for a folder that cannot be used. */
export function brokenEntry({ id, reason }: BrokenPlugin): PluginEntry {
  const nothing = { version: "", kind: "", interfaces: [], sha256: "", grants: [] };
  return { id, ...nothing, state: "refused", reason };
}
