import type { Trigger } from "../../kernel/trigger.ts";
import type { InterfaceRules } from "../interface-rule.ts";
import { waitOf } from "./wait.ts";

/** How long calls to a trigger may take. */
export const TRIGGER_RULES: InterfaceRules<Trigger> = {
  check: { deadlineMs: 10_000 },
  sync: { deadlineMs: 30_000 },
  poll: { deadlineMs: 30_000 },
  receive: { deadlineMs: 10_000, optional: true },
  watch: { deadlineMs: 30_000, waitMs: ([request]) => waitOf(request), optional: true },
};
