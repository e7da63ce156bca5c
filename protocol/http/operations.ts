import { z } from "zod";
import { EventMark, EventQuery, RunEvent } from "./event.ts";
import { LogEvent, LogPage, LogQuery } from "./log.ts";
import * as pipeline from "./pipeline.ts";
import { Problem } from "./problem.ts";
import type { RouteId } from "./routes.ts";
import * as run from "./run.ts";
import * as server from "./server.ts";

/** What a route takes and answers. */
export interface Operation {
  /** The heading it stands under in the reference. */
  readonly tag: "runs" | "pipelines" | "logs" | "events" | "server";
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  /** Headers of the request beside `Authorization`: name → what it does. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  readonly status: 200 | 202;
  /** The body of the answer; absent where it is only a stream. */
  readonly answer?: z.ZodType;
  /** `event:` of a server-sent stream → the schema of its `data:`. */
  readonly stream?: Readonly<Record<string, z.ZodType>>;
}

const IF_MATCH = {
  "If-Match":
    "The hash or number of the live version as you know it, or `*` for any; answers 412 " +
    "when another one is live.",
};
const IDEMPOTENCY_KEY = {
  "Idempotency-Key": "Up to 200 characters. For 24 h the same key with the same body answers the " +
    "first run; with another body it is a conflict.",
};
const EVENTS = {
  query: EventQuery,
  headers: { "Last-Event-ID": "Begin after this event." },
  status: 200,
  stream: { run: RunEvent, task: RunEvent, open: EventMark, reset: EventMark, problem: Problem },
} as const;
const AnyJson = z.record(z.string(), z.unknown());

/** What each route takes and answers. */
export const OPERATIONS: Readonly<Record<RouteId, Operation>> = {
  getHealth: {
    tag: "server",
    summary: "Says that the process answers.",
    status: 200,
    answer: server.Health,
  },
  getReadiness: {
    tag: "server",
    summary: "Says whether runs are accepted.",
    description: "503 while starting, shutting down or standing by.",
    status: 200,
    answer: server.Readiness,
  },
  getOpenApi: { tag: "server", summary: "This document.", status: 200, answer: AnyJson },
  getVersion: {
    tag: "server",
    summary: "Says which server this is.",
    status: 200,
    answer: server.Version,
  },
  getStatus: {
    tag: "server",
    summary: "Says what the server is doing.",
    status: 200,
    answer: server.Status,
  },
  listPlugins: {
    tag: "server",
    summary: "Lists the plugins that the server knows.",
    status: 200,
    answer: server.PluginPage,
  },
  getPipelineSchema: {
    tag: "pipelines",
    summary: "The JSON Schema of the pipeline file.",
    status: 200,
    answer: AnyJson,
  },
  followAllEvents: {
    tag: "events",
    summary: "Follows the changes of runs and tasks in every namespace that the token covers.",
    ...EVENTS,
  },
  followEvents: {
    tag: "events",
    summary: "Follows the changes of runs and tasks in a namespace.",
    ...EVENTS,
  },
  listPipelines: {
    tag: "pipelines",
    summary: "Lists pipelines by name.",
    query: pipeline.ListQuery,
    status: 200,
    answer: pipeline.PipelinePage,
  },
  getPipeline: {
    tag: "pipelines",
    summary: "Shows a pipeline with its definition.",
    query: pipeline.PipelineQuery,
    status: 200,
    answer: pipeline.PipelineDetail,
  },
  applyPipeline: {
    tag: "pipelines",
    summary: "Makes the pipeline be as the body says.",
    description: "An equal pipeline is left as it is. An invalid one answers 400 with `problems`.",
    query: pipeline.ApplyQuery,
    headers: IF_MATCH,
    body: pipeline.PipelineFile,
    status: 200,
    answer: pipeline.Applied,
  },
  removePipeline: {
    tag: "pipelines",
    summary: "Removes a pipeline.",
    description: "Its runs and versions stay readable; runs in progress go on.",
    headers: IF_MATCH,
    status: 200,
    answer: pipeline.Removed,
  },
  listVersions: {
    tag: "pipelines",
    summary: "Lists the versions of a pipeline, newest first.",
    query: pipeline.ListQuery,
    status: 200,
    answer: pipeline.VersionPage,
  },
  submitRun: {
    tag: "runs",
    summary: "Starts a run.",
    description: "Answers once the run is durable.",
    headers: IDEMPOTENCY_KEY,
    body: run.SubmitBody,
    status: 202,
    answer: run.Submitted,
  },
  listRuns: {
    tag: "runs",
    summary: "Lists runs, newest first.",
    query: run.RunQuery,
    status: 200,
    answer: run.RunPage,
  },
  getRun: {
    tag: "runs",
    summary: "Shows a run with its tasks and attempts.",
    status: 200,
    answer: run.Run,
  },
  cancelRun: {
    tag: "runs",
    summary: "Asks a run to end.",
    description: "Answers once the request is durable.",
    body: run.CancelBody,
    status: 200,
    answer: run.Cancelled,
  },
  rerunRun: {
    tag: "runs",
    summary: "Starts a new run of the same version with the same parameters.",
    headers: IDEMPOTENCY_KEY,
    body: run.RerunBody,
    status: 202,
    answer: run.Submitted,
  },
  readLogs: {
    tag: "logs",
    summary: "Reads or follows the logs of a run.",
    description: "A page of JSON, or with `follow=true` or `Accept: text/event-stream` a stream; " +
      "the id of each of its events is a cursor. The stream ends with the event `end`.",
    query: LogQuery,
    headers: { "Last-Event-ID": "A cursor to go on from; goes before `cursor`." },
    status: 200,
    answer: LogPage,
    stream: { log: LogEvent, end: z.object({}), problem: Problem },
  },
};
