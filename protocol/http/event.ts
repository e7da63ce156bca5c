import { z } from "zod";
import { RunState, TaskState } from "./run.ts";
import { Instant, Name, ReasonWord, RunId } from "./values.ts";

const common = {
  id: z.string().regex(/^\d{1,16}$/).describe("Rises; pass it as `Last-Event-ID` to go on."),
  namespace: Name,
  runId: RunId,
  pipeline: Name,
  number: z.int().min(1),
};

/** A change that became durable. */
export const RunEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("run"),
    ...common,
    state: RunState,
    reason: ReasonWord.optional(),
    at: Instant,
  }),
  z.object({
    type: z.literal("task"),
    ...common,
    task: z.string(),
    attempt: z.int().min(0).describe("From 1; 0 when no attempt was made."),
    state: TaskState,
    reason: ReasonWord.optional(),
    at: Instant,
  }),
]).meta({ id: "RunEvent", description: "A change of a run or a task that became durable." });
export type RunEvent = z.infer<typeof RunEvent>;

/** A place in the stream of events. */
export const EventMark = z.object({
  id: z.string(),
  message: z.string().optional(),
}).meta({
  id: "EventMark",
  description: "Event `open`: events after `id` follow. Event `reset`: those asked for are older " +
    "than what is kept, so some are missing; read what you need again. Events after `id` follow.",
});
export type EventMark = z.infer<typeof EventMark>;

/** Which events to follow. */
export const EventQuery = z.strictObject({
  run: RunId.optional().describe("Only this run's."),
  pipeline: Name.optional().describe("Only this pipeline's."),
  after: z.string().regex(/^\d{1,16}$/).optional()
    .describe("Begin after this event; `Last-Event-ID` goes first. Default: from now."),
});
export type EventQuery = z.input<typeof EventQuery>;
