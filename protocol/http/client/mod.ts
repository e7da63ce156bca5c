/**
 * The typed client of the HTTP API. Loads neither zod nor Hono: a command must start fast.
 *
 * @module
 */
export { type ClientOptions, type ErrandClient, openClient } from "./client.ts";
export type { EventClient, EventFilter } from "./event-client.ts";
export type { FollowItem, StreamEvent, TaskChange } from "./follow-run.ts";
export type { ApplyOptions, PipelineClient } from "./pipeline-client.ts";
export type { LogFilter, ParamValues, RunClient, RunFilter } from "./run-client.ts";
export type { RunEvent } from "../event.ts";
export type { LogEvent } from "../log.ts";
export type {
  Applied,
  PipelineDetail,
  PipelineItem,
  PipelinePage,
  PipelineVersion,
  Removed,
  VersionPage,
} from "../pipeline.ts";
export type { PlacedProblem, Problem } from "../problem.ts";
export type {
  Cancelled,
  Run,
  RunAttempt,
  RunItem,
  RunPage,
  RunState,
  RunTask,
  Submitted,
  TaskState,
} from "../run.ts";
export type { Health, PluginItem, PluginPage, Readiness, Status, Version } from "../server.ts";
