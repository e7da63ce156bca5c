import type { Plugin } from "../../kernel/plugin.ts";
import type { InterfaceRules } from "../interface-rule.ts";

/** How long the calls that every plugin has may take. */
export const PLUGIN_RULES: InterfaceRules<Plugin> = {
  info: { deadlineMs: 5_000 },
  configure: { deadlineMs: 30_000 },
  health: { deadlineMs: 1_000 },
  shutdown: { deadlineMs: 5_000, waitMs: ([graceMs]) => Number(graceMs) },
};
