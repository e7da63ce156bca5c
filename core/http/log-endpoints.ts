import { ErrandError } from "../../protocol/errors.ts";
import { type LogEvent, LogQuery, type RouteId, validate } from "../../protocol/http/mod.ts";
import { nearest } from "../../protocol/nearest.ts";
import type { Run } from "../run/mod.ts";
import { jsonAnswer } from "./answer.ts";
import type { ApiCall, Endpoint } from "./endpoint.ts";
import { formatEvent } from "./event-stream.ts";
import { LogCursor } from "./log-cursor.ts";
import { followLogs, type LogSelection } from "./log-follower.ts";
import { findRun } from "./run-ref.ts";

/** A page ends with the batch that makes it longer than this, in characters. */
const PAGE_CHARS = 512 * 1024;

/** The endpoints about logs. */
export const LOG_ENDPOINTS = {
  async readLogs(call) {
    const query = validate(LogQuery, call.query(), "query");
    const run = await findRun(call.ports.runs, call.runRef);
    const follow = query.follow === "true";
    const selection: LogSelection = {
      namespace: call.namespace,
      runId: run.id,
      ...selected(run, query),
      follow,
    };
    const cursor = LogCursor.parse(call.header("last-event-id") || query.cursor || "");
    const streamed = follow || (call.header("accept") ?? "").includes("text/event-stream");
    if (!streamed) return await logPage(call, { selection, cursor });
    return call.stream((signal) => logTexts(call, { selection, cursor }, signal));
  },
} satisfies Partial<Record<RouteId, Endpoint>>;

interface At {
  readonly selection: LogSelection;
  readonly cursor: LogCursor;
}

async function* logTexts(
  call: ApiCall,
  at: At,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  for await (const batch of followLogs(call.ports, at, signal)) {
    let text = "";
    for (const { item, cursor } of batch) text += formatEvent("log", JSON.stringify(item), cursor);
    yield text;
  }
  if (!signal.aborted) yield formatEvent("end", "{}");
}

async function logPage(call: ApiCall, at: At): Promise<Response> {
  const items: LogEvent[] = [];
  let chars = 0;
  let end = false;
  const logs = followLogs(call.ports, at, new AbortController().signal);
  for (;;) {
    const { value, done } = await logs.next();
    if (done) {
      end = value;
      break;
    }
    for (const { item } of value) {
      items.push(item);
      chars += item.text.length;
    }
    if (chars > PAGE_CHARS) {
      await logs.return(false);
      break;
    }
  }
  return jsonAnswer({ items, cursor: String(at.cursor), end });
}

/** The task and attempt that a query names, as they stand in the run. */
function selected(
  run: Run,
  { task, attempt }: { readonly task?: string | undefined; readonly attempt?: number | undefined },
): Pick<LogSelection, "task" | "attempt"> {
  if (task === undefined) {
    if (attempt === undefined) return { task: undefined, attempt };
    throw new ErrandError("invalid", "an attempt belongs to a task: say which with `task`");
  }
  const names = run.definition.tasks.map(({ name }) => name);
  const index = names.indexOf(task);
  if (index >= 0) return { task: index, attempt };
  const known = nearest(task, names);
  const hint = known === undefined ? `it has ${names.join(", ")}` : `did you mean ${known}?`;
  throw new ErrandError("not_found", `this run has no task ${task}: ${hint}`);
}
