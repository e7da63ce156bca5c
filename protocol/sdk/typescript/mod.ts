/**
 * What the author of a plugin imports: the kernel's interfaces as types, the one error class, the
 * format of log files, and how a plugin says what it is.
 *
 * @module
 */
export type {
  Bytes,
  Host,
  Json,
  Page,
  Plugin,
  PluginDescription,
  Problem,
} from "../../../core/kernel/plugin.ts";
export type {
  AttemptRef,
  AttemptSpec,
  Change,
  Exit,
  LogChunk,
  Scheduler,
  SchedulerTraits,
  WatchPage,
  Work,
} from "../../../core/kernel/scheduler.ts";
export type { ObjectStore, ObjectStoreTraits } from "../../../core/kernel/object-store.ts";
export type {
  SecretRef,
  SecretStore,
  SecretStoreTraits,
} from "../../../core/kernel/secret-store.ts";
export type { Firing, Subscription, Trigger, TriggerTraits } from "../../../core/kernel/trigger.ts";
export { type ErrorCode, PluginError } from "../../errors.ts";
export {
  CorruptLog,
  type DecodedFrames,
  decodeFrames,
  encodeFrame,
  FRAME_HEAD_BYTES,
  type LogFrame,
  type LogStream,
  MAX_FRAME_BYTES,
} from "../../log-frames.ts";
export { redactForms } from "../../redact-forms.ts";
export { type DescribedManifest, describePlugin } from "./describe-plugin.ts";
