import type { SecretStore } from "../../kernel/secret-store.ts";
import type { InterfaceRules } from "../interface-rule.ts";

/** How long calls to a secret store may take. */
export const SECRET_STORE_RULES: InterfaceRules<SecretStore> = {
  get: { deadlineMs: 15_000 },
  list: { deadlineMs: 15_000 },
  put: { deadlineMs: 15_000, optional: true },
  delete: { deadlineMs: 15_000, optional: true },
};
