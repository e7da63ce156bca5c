/**
 * What the host does for plugins, the same on every door.
 *
 * @module
 */
export { hostServices, type ServiceOptions } from "./host-services.ts";
export type { KvStore, PluginLogEntry, ServicePorts } from "./ports.ts";
