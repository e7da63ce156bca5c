/**
 * The HTTP API: its routes, schemas and OpenAPI document. The client is in `client/mod.ts`.
 *
 * @module
 */
export { EventMark, EventQuery, RunEvent } from "./event.ts";
export { LogEvent, LogPage, LogQuery } from "./log.ts";
export { openApiDocument } from "./openapi.ts";
export { type Operation, OPERATIONS } from "./operations.ts";
export {
  Applied,
  ApplyQuery,
  ListQuery,
  PipelineDetail,
  PipelineFile,
  PipelineItem,
  PipelinePage,
  PipelineQuery,
  PipelineVersion,
  Removed,
  VersionPage,
} from "./pipeline.ts";
export { PlacedProblem, Problem } from "./problem.ts";
export { isRole, type Role, roleIncludes, ROLES } from "./role.ts";
export { formatPath, type Policy, type Route, type RouteId, ROUTES } from "./routes.ts";
export {
  CancelBody,
  Cancelled,
  RerunBody,
  Run,
  RunAttempt,
  RunItem,
  RunPage,
  RunQuery,
  RunState,
  RunTask,
  SubmitBody,
  Submitted,
  TaskState,
} from "./run.ts";
export {
  Health,
  PluginItem,
  PluginPage,
  Readiness,
  SchedulerStatus,
  Status,
  Version,
} from "./server.ts";
export { validate } from "./validate.ts";
