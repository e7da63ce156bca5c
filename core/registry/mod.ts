/**
 * Which plugins there are, and which of their instances are open.
 *
 * @module
 */
export type { PluginRoot } from "./find-plugins.ts";
export type { InstanceEntry, InstanceSetting } from "./instances.ts";
export { openRegistry, type PluginRegistry, type RegistryOptions } from "./open-registry.ts";
export type { PluginEntry } from "./plugin-entry.ts";
