import type { ObjectStore } from "../../kernel/object-store.ts";
import type { InterfaceRules } from "../interface-rule.ts";

/** How long calls to an object store may take: those with bytes as long as 8 MiB need on a slow line. */
export const OBJECT_STORE_RULES: InterfaceRules<ObjectStore> = {
  put: { deadlineMs: 120_000 },
  read: { deadlineMs: 120_000 },
  head: { deadlineMs: 15_000 },
  list: { deadlineMs: 30_000 },
  delete: { deadlineMs: 15_000 },
  createUpload: { deadlineMs: 15_000 },
  uploadPart: { deadlineMs: 120_000 },
  completeUpload: { deadlineMs: 120_000 },
  abortUpload: { deadlineMs: 15_000 },
  sweepUploads: { deadlineMs: 120_000 },
  presign: { deadlineMs: 15_000, optional: true },
};
