import type { Scheduler } from "../../kernel/scheduler.ts";
import type { InterfaceRules } from "../interface-rule.ts";
import { waitOf } from "./wait.ts";

/** How long calls to a scheduler may take. */
export const SCHEDULER_RULES: InterfaceRules<Scheduler> = {
  check: { deadlineMs: 10_000, optional: true },
  start: { deadlineMs: 60_000 },
  stop: { deadlineMs: 30_000 },
  watch: { deadlineMs: 30_000, waitMs: ([request]) => waitOf(request) },
  readLog: { deadlineMs: 30_000, waitMs: ([, request]) => waitOf(request) },
  remove: { deadlineMs: 30_000 },
  exec: { deadlineMs: 600_000, optional: true },
};
