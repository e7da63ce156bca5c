import type { Manifest } from "../../protocol/manifest/mod.ts";
import type { ObjectStore, ObjectStoreTraits } from "../kernel/object-store.ts";
import type { Plugin, PluginDescription } from "../kernel/plugin.ts";
import type { Scheduler, SchedulerTraits } from "../kernel/scheduler.ts";
import type { SecretStore, SecretStoreTraits } from "../kernel/secret-store.ts";
import type { Trigger, TriggerTraits } from "../kernel/trigger.ts";

/** The traits of each interface that a plugin implements. */
export interface PluginTraits {
  readonly scheduler?: SchedulerTraits;
  readonly object_store?: ObjectStoreTraits;
  readonly secret_store?: SecretStoreTraits;
  readonly trigger?: TriggerTraits;
}

/**
 * One configured instance of a plugin, whatever door it came through. Every call is bounded in time
 * and size, and fails as a `PluginError` that names the instance.
 */
export interface PluginHandle {
  readonly instance: string;
  readonly manifest: Manifest;
  readonly description: PluginDescription;
  /** The protocol version that was picked. */
  readonly protocol: number;
  readonly traits: PluginTraits;
  readonly plugin: Plugin;
  /** Each interface that its manifest names, and no other. */
  readonly scheduler?: Scheduler;
  readonly objectStore?: ObjectStore;
  readonly secretStore?: SecretStore;
  readonly trigger?: Trigger;
  /**
   * Refuses new calls, ends those in flight, and shuts the plugin down within `graceMs` (default
   * 5,000). Attempts stay as they are. Idempotent; never rejects: a plugin that fails to shut down
   * is in the log.
   */
  close(graceMs?: number): Promise<void>;
}
