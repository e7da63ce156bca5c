import { z } from "zod";
import { Instant, Name, pageOf, PageQuery, ReasonText, ReasonWord, RunId } from "./values.ts";

/** Where a run is. */
export const RunState = z.enum([
  "queued",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "timed_out",
]);
export type RunState = z.infer<typeof RunState>;

/** Where a task is. */
export const TaskState = z.enum([
  "blocked",
  "queued",
  "starting",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "timed_out",
  "lost",
  "cancelled",
  "skipped",
]);
export type TaskState = z.infer<typeof TaskState>;

const AttemptState = z.enum([
  "starting",
  "running",
  "succeeded",
  "failed",
  "timed_out",
  "lost",
  "cancelled",
]);

const reason = { reason: ReasonWord.optional(), message: ReasonText.optional() };
const ends = {
  startedAt: Instant.nullable().describe("null until it has started."),
  finishedAt: Instant.nullable().describe("null until it has ended."),
};

/** One try of a task. */
export const RunAttempt = z.object({
  attempt: z.int().min(1),
  state: AttemptState,
  ...reason,
  exitCode: z.int().optional(),
  signal: z.string().optional().describe("The signal that ended it."),
  ...ends,
  scheduler: z.string().describe("The scheduler instance that ran it."),
  phases: z.object({
    queuedMs: z.number().describe("From being ready to having a slot."),
    startingMs: z.number().describe("From the slot to running."),
    runningMs: z.number().describe("From running to the end."),
  }).optional().describe("Where its time went; present once it has ended."),
}).meta({ id: "RunAttempt", description: "One try of a task." });
export type RunAttempt = z.infer<typeof RunAttempt>;

/** A task of a run. */
export const RunTask = z.object({
  name: z.string(),
  after: z.literal(true).optional().describe("Present on tasks of the `after` section."),
  state: TaskState,
  ...reason,
  outputs: z.record(z.string(), z.unknown()).optional(),
  attempts: z.array(RunAttempt),
}).meta({ id: "RunTask", description: "A task of a run." });
export type RunTask = z.infer<typeof RunTask>;

const head = {
  type: z.literal("run"),
  id: RunId,
  number: z.int().min(1).describe("Counts from 1 within the pipeline."),
  namespace: Name,
  pipeline: Name,
  version: z.int().min(1).describe("The version of the pipeline that it runs."),
  state: RunState,
  ...reason,
  params: z.record(z.string(), z.unknown()),
  labels: z.record(z.string(), z.string()),
  initiator: z.string().describe("Who asked for it: `user:NAME`, `rerun`, …"),
  rerunOf: RunId.optional(),
  createdAt: Instant,
  ...ends,
};

/** A run as a list shows it: without its tasks. */
export const RunItem = z.object(head).meta({
  id: "RunItem",
  description: "A run without its tasks.",
});
export type RunItem = z.infer<typeof RunItem>;

/** A run with its tasks and attempts. */
export const Run = z.object({ ...head, tasks: z.array(RunTask) })
  .meta({ id: "Run", description: "A run with its tasks and attempts." });
export type Run = z.infer<typeof Run>;

/** Runs, newest first. */
export const RunPage = pageOf(RunItem).meta({ id: "RunPage", description: "Runs, newest first." });
export type RunPage = z.infer<typeof RunPage>;

/** The filters of a list of runs. */
export const RunQuery = z.strictObject({
  pipeline: Name.optional(),
  state: RunState.optional(),
  ...PageQuery,
});
export type RunQuery = z.input<typeof RunQuery>;

/** What a new run is asked for with. */
export const SubmitBody = z.strictObject({
  params: z.record(z.string(), z.unknown()).default({})
    .describe("Values of the pipeline's parameters; those left out take their defaults."),
}).meta({ id: "SubmitBody", description: "What a new run is made with." });
export type SubmitBody = z.input<typeof SubmitBody>;

/** What a rerun is asked for with. */
export const RerunBody = z.strictObject({
  params: z.record(z.string(), z.unknown()).optional()
    .describe("Values that replace those of the first run; the others are carried over."),
}).meta({ id: "RerunBody", description: "What a rerun is made with." });
export type RerunBody = z.input<typeof RerunBody>;

/** A run that was accepted, and is durable. */
export const Submitted = z.object({ id: RunId, number: z.int().min(1) })
  .meta({ id: "Submitted", description: "A run that was accepted; it is durable." });
export type Submitted = z.infer<typeof Submitted>;

/** How to cancel. */
export const CancelBody = z.strictObject({
  force: z.boolean().default(false).describe("Skips the grace period and the `after` tasks."),
}).meta({ id: "CancelBody", description: "How to cancel." });
export type CancelBody = z.input<typeof CancelBody>;

/** What came of a cancel. */
export const Cancelled = z.object({
  id: RunId,
  number: z.int().min(1),
  changed: z.boolean().describe("False when it had ended or was being cancelled already."),
}).meta({ id: "Cancelled", description: "What came of a cancel." });
export type Cancelled = z.infer<typeof Cancelled>;
