/**
 * The settings of a server: one frozen object, with where each value came from.
 *
 * @module
 */
export { describeSettings, type ShownSetting } from "./describe-settings.ts";
export { defaultDataDir, loadSettings, type SettingsInput } from "./load-settings.ts";
export type { ListenAddress } from "./setting-kind.ts";
export type { PluginInstance, Settings, SettingSource } from "./settings.ts";
