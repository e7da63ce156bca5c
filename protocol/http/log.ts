import { z } from "zod";
import { Instant } from "./values.ts";

/** A piece of a log: what one read of the task's output gave; not a line. */
export const LogEvent = z.object({
  type: z.literal("log"),
  task: z.string(),
  attempt: z.int().min(1),
  stream: z.enum(["out", "err", "marker"])
    .describe("`marker`: a message of the server's own, such as a quota that was reached."),
  at: Instant,
  text: z.string().describe("Bytes that are not UTF-8 appear as U+FFFD."),
}).meta({ id: "LogEvent", description: "A piece of a log; not necessarily whole lines." });
export type LogEvent = z.infer<typeof LogEvent>;

/** A page of a log. */
export const LogPage = z.object({
  items: z.array(LogEvent),
  cursor: z.string().describe("Pass it as `cursor` to go on behind this page."),
  end: z.boolean().describe("True when the attempts have ended and nothing is left to read."),
}).meta({ id: "LogPage", description: "A page of a log." });
export type LogPage = z.infer<typeof LogPage>;

/** Which log to read, and from where. */
export const LogQuery = z.strictObject({
  task: z.string().max(200).optional().describe("Default: all tasks, in the order of their start."),
  attempt: z.coerce.number().int().min(1).optional()
    .describe("Needs `task`. Default: all its attempts."),
  follow: z.enum(["true", "false"]).default("false")
    .describe("`true`: a stream that ends when what is followed has ended."),
  cursor: z.string().max(16_384).optional().describe("Default: from the beginning."),
});
export type LogQuery = z.input<typeof LogQuery>;
