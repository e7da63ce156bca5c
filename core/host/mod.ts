/**
 * Brings plugins to life: opens them through their door, and serves them.
 *
 * @module
 */
export { checkConfig } from "./check-config.ts";
export { MAX_MESSAGE_BYTES } from "./measure.ts";
export { openModule, type OpenOptions } from "./module/open-module.ts";
export type { PluginHandle, PluginTraits } from "./plugin-handle.ts";
export type { KvStore, PluginLogEntry, ServicePorts } from "./services/mod.ts";
