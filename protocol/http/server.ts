import { z } from "zod";
import { Instant } from "./values.ts";

/** Which server this is. */
export const Version = z.object({
  version: z.string(),
  runtime: z.enum(["node", "deno"]),
  runtimeVersion: z.string(),
  pid: z.int(),
  startedAt: Instant,
}).meta({ id: "Version", description: "Which server this is." });
export type Version = z.infer<typeof Version>;

/** The process answers. */
export const Health = z.object({ status: z.literal("ok") })
  .meta({ id: "Health", description: "The process answers." });
export type Health = z.infer<typeof Health>;

/** Whether runs are accepted. */
export const Readiness = z.object({ ready: z.literal(true) })
  .meta({ id: "Readiness", description: "Runs are accepted." });
export type Readiness = z.infer<typeof Readiness>;

/** One scheduler instance in use. */
export const SchedulerStatus = z.object({
  instance: z.string(),
  slots: z.int().describe("Attempts at once."),
  busy: z.int(),
  state: z.enum(["ready", "degraded", "down"]),
  message: z.string(),
}).meta({ id: "SchedulerStatus", description: "One scheduler instance in use." });
export type SchedulerStatus = z.infer<typeof SchedulerStatus>;

/** What the server is doing. */
export const Status = z.object({
  version: z.string(),
  uptimeMs: z.number(),
  queuedRuns: z.int(),
  runningRuns: z.int(),
  schedulers: z.array(SchedulerStatus),
}).meta({ id: "Status", description: "What the server is doing." });
export type Status = z.infer<typeof Status>;

/** A plugin that the server knows. */
export const PluginItem = z.object({
  id: z.string(),
  version: z.string(),
  kind: z.string().describe("How it runs: `module`, `wasm`, `process`, `container`."),
  interfaces: z.array(z.string()),
  state: z.enum(["ready", "pending", "starting", "degraded", "quarantined", "refused"]),
  sha256: z.string(),
  grants: z.array(z.string()),
  pending: z.array(z.string()).optional().describe("Capabilities it asks for and has not got."),
  reason: z.string().optional(),
}).meta({ id: "PluginItem", description: "A plugin that the server knows." });
export type PluginItem = z.infer<typeof PluginItem>;

/** All plugins. */
export const PluginPage = z.object({ items: z.array(PluginItem) })
  .meta({ id: "PluginPage", description: "All plugins." });
export type PluginPage = z.infer<typeof PluginPage>;
