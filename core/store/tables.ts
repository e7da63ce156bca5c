import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";

/*
 * The source of truth of the schema: migrations are generated from it, and row types are inferred
 * from it. At run time only its types are used: importing drizzle costs more memory than the rest of
 * the server. Instants are epoch milliseconds.
 */

/** Facts about this database: `installation`, `schema_version`, `events_pruned_to`. */
export const setting = sqliteTable("setting", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});

/** Who may write: one row. `beat` rises while the holder lives. */
export const lease = sqliteTable("lease", {
  id: integer("id").primaryKey(),
  epoch: integer("epoch").notNull(),
  holder: text("holder").notNull(),
  beat: integer("beat").notNull(),
  beatAt: integer("beat_at").notNull(),
});

/** Always empty: an insert of null fails, which is how a stale epoch ends a transaction. */
export const fence = sqliteTable("fence", { ok: integer("ok").notNull() });

/** What each commit told followers: a JSON array of public events. */
export const journalGroup = sqliteTable("journal_group", {
  number: integer("number").primaryKey(),
  epoch: integer("epoch").notNull(),
  at: integer("at").notNull(),
  events: text("events").notNull(),
});

/** A team's room. */
export const namespace = sqliteTable("namespace", {
  name: text("name").primaryKey(),
  createdAt: integer("created_at").notNull(),
});

/** A pipeline by name; the live version is what new runs get. */
export const pipeline = sqliteTable("pipeline", {
  namespace: text("namespace").notNull(),
  name: text("name").notNull(),
  liveVersion: integer("live_version").notNull(),
  removedAt: integer("removed_at"),
}, (t) => [primaryKey({ columns: [t.namespace, t.name] })]);

/** An immutable version of a pipeline. */
export const pipelineVersion = sqliteTable("pipeline_version", {
  namespace: text("namespace").notNull(),
  name: text("name").notNull(),
  version: integer("version").notNull(),
  hash: text("hash").notNull(),
  canonical: text("canonical").notNull(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
}, (t) => [
  primaryKey({ columns: [t.namespace, t.name, t.version] }),
  index("pipeline_version_hash").on(t.namespace, t.name, t.hash),
]);

/** A run; what its cells mean is in core/run. */
export const run = sqliteTable("run", {
  id: integer("id").primaryKey(),
  namespace: text("namespace").notNull(),
  pipeline: text("pipeline").notNull(),
  version: integer("version").notNull(),
  number: integer("number").notNull(),
  state: text("state").notNull(),
  reason: text("reason"),
  message: text("message"),
  params: text("params").notNull(),
  labels: text("labels").notNull(),
  initiator: text("initiator").notNull(),
  rerunOf: integer("rerun_of"),
  afterPhase: integer("after_phase").notNull(),
  createdAt: integer("created_at").notNull(),
  startedAt: integer("started_at"),
  finishedAt: integer("finished_at"),
  ending: text("ending"),
}, (t) => [
  uniqueIndex("run_number").on(t.namespace, t.pipeline, t.number),
  // an index ends with the row's id by itself: these page by id too
  index("run_pipeline").on(t.namespace, t.pipeline),
  index("run_namespace").on(t.namespace),
  index("run_live").on(t.id).where(sql`state in ('queued','running')`),
  index("run_ended").on(t.namespace, t.state).where(sql`state not in ('queued','running')`),
]);

/** A task of a run. */
export const task = sqliteTable("task", {
  runId: integer("run_id").notNull(),
  taskIndex: integer("task_index").notNull(),
  name: text("name").notNull(),
  state: text("state").notNull(),
  reason: text("reason"),
  message: text("message"),
  queuedAt: integer("queued_at"),
  dueAt: integer("due_at"),
  outputs: text("outputs"),
}, (t) => [primaryKey({ columns: [t.runId, t.taskIndex] })]);

/** One try of a task. */
export const attempt = sqliteTable("attempt", {
  runId: integer("run_id").notNull(),
  taskIndex: integer("task_index").notNull(),
  n: integer("n").notNull(),
  state: text("state").notNull(),
  reason: text("reason"),
  message: text("message"),
  handle: text("handle").notNull(),
  queuedAt: integer("queued_at").notNull(),
  startingAt: integer("starting_at").notNull(),
  runningAt: integer("running_at"),
  finishedAt: integer("finished_at"),
  exitCode: integer("exit_code"),
  signal: text("signal"),
  stop: text("stop"),
}, (t) => [primaryKey({ columns: [t.runId, t.taskIndex, t.n] })]);

/** A token: the SHA-256 of its text, never the text. `namespaces` is `*` or names joined by commas. */
export const token = sqliteTable("token", {
  id: text("id").primaryKey(),
  prefix: text("prefix").notNull(),
  sha256: text("sha256").notNull(),
  name: text("name").notNull(),
  role: text("role").notNull(),
  namespaces: text("namespaces").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  revokedAt: integer("revoked_at"),
  lastUsedAt: integer("last_used_at"),
}, (t) => [uniqueIndex("token_prefix").on(t.prefix)]);

/** The run that a key of a request stands for, for 24 hours. */
export const idempotency = sqliteTable("idempotency", {
  namespace: text("namespace").notNull(),
  key: text("key").notNull(),
  bodyHash: text("body_hash").notNull(),
  runId: integer("run_id").notNull(),
  number: integer("number").notNull(),
  createdAt: integer("created_at").notNull(),
}, (t) => [
  primaryKey({ columns: [t.namespace, t.key] }),
  index("idempotency_created").on(t.createdAt),
]);

/** What plugin instances keep; the value is base64. */
export const kv = sqliteTable("kv", {
  instance: text("instance").notNull(),
  key: text("key").notNull(),
  value: text("value").notNull(),
  revision: integer("revision").notNull(),
}, (t) => [primaryKey({ columns: [t.instance, t.key] })]);

/** Tables whose rows lie in the order of their key: they have no other index on it. */
export const CLUSTERED: readonly string[] = [
  "pipeline",
  "task",
  "attempt",
  "idempotency",
  "kv",
];
