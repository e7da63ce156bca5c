import type { PluginDescription } from "../../../core/kernel/plugin.ts";

/** The part of a `plugin.json` that a plugin says of itself. */
export interface DescribedManifest {
  readonly id: string;
  readonly version: string;
  readonly protocol: { readonly min: number; readonly max: number };
  readonly interfaces: readonly string[];
  readonly configSchema?: object;
  readonly taskSchema?: object;
  readonly traits: object;
}

/**
 * What `info()` answers, out of the plugin's own manifest
 * (`import manifest from "./plugin.json" with { type: "json" }`), so that the two cannot differ.
 */
export function describePlugin(manifest: DescribedManifest): PluginDescription {
  const { id, version, protocol, interfaces, configSchema, taskSchema, traits } = manifest;
  return {
    id,
    version,
    protocol,
    interfaces,
    configSchema: JSON.stringify(configSchema ?? {}),
    taskSchema: JSON.stringify(taskSchema ?? {}),
    traits: JSON.stringify(traits),
  };
}
