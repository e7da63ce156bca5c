/**
 * The state: a libSQL database, the journal's group commit, and the log files.
 *
 * @module
 */
export type { StoredEvent } from "./event-reader.ts";
export { EventReader } from "./event-reader.ts";
export { type IdempotencyEntry, idempotencyRow } from "./idempotency.ts";
export { type CommitListener, EVENTS_PER_GROUP, Journal, type JournalOptions } from "./journal.ts";
export { LogFiles, type LogPage } from "./log-files.ts";
export { FRAME_HEAD_BYTES, type LogFrame } from "./log-frames.ts";
export { type KvEntry, KvStore } from "./kv-store.ts";
export {
  type PipelineHead,
  PipelineReader,
  pipelineRow,
  type PipelineVersion,
  pipelineVersionRow,
} from "./pipeline-store.ts";
export type { RetentionPolicy, SweepOptions, SweepReport } from "./retention.ts";
export { type RunQuery, RunReader, type StoredRun } from "./run-reader.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export { type StoredToken, tokenRow, TokenStore } from "./token-store.ts";
