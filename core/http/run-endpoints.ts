import { createHash } from "node:crypto";
import { ErrandError } from "../../protocol/errors.ts";
import {
  CancelBody,
  RerunBody,
  type RouteId,
  RunQuery,
  SubmitBody,
  validate,
} from "../../protocol/http/mod.ts";
import { checkParams, type JsonValue, type Pipeline } from "../pipeline/mod.ts";
import type { SubmitRequest } from "../supervisor/mod.ts";
import { jsonAnswer } from "./answer.ts";
import { parseBody } from "./body.ts";
import { numberCursor, page } from "./cursor.ts";
import type { ApiCall, Endpoint } from "./endpoint.ts";
import { noPipeline } from "./missing.ts";
import { findRun } from "./run-ref.ts";
import { runItem, runView } from "./run-view.ts";

/** The endpoints about runs. */
export const RUN_ENDPOINTS = {
  async submitRun(call) {
    const { namespace } = call;
    const name = call.param("pipeline");
    const stored = await call.ports.pipelines.live(namespace, name);
    if (!stored) throw noPipeline(namespace, name);
    const body = validate(SubmitBody, parseBody(await call.body()), "body");
    const given = body.params as Record<string, JsonValue>;
    return await submit(call, {
      namespace,
      pipeline: name,
      version: stored.version,
      definition: stored.definition,
      params: runParams(stored.definition, given),
      initiator: call.by,
      ...idempotency(call, ["run", name, given]),
    });
  },

  async rerunRun(call) {
    const body = validate(RerunBody, parseBody(await call.body()), "body");
    const run = await findRun(call.ports.runs, call.runRef);
    if (run.definition.tasks.length === 0) {
      const { id, pipeline } = run;
      throw new ErrandError("corrupt", `run ${id} cannot be read back: run ${pipeline} anew`);
    }
    const given = (body.params ?? {}) as Record<string, JsonValue>;
    return await submit(call, {
      namespace: run.namespace,
      pipeline: run.pipeline,
      version: run.version,
      definition: run.definition,
      params: runParams(run.definition, { ...run.params, ...given }),
      initiator: call.by,
      rerunOf: run.id,
      ...idempotency(call, ["rerun", String(run.id), given]),
    });
  },

  async listRuns(call) {
    const { pipeline, state, cursor, limit } = validate(RunQuery, call.query(), "query");
    const found = await call.ports.runs.list({
      namespace: call.namespace,
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(state === undefined ? {} : { state }),
      before: numberCursor(cursor, Number.MAX_SAFE_INTEGER),
      limit: limit + 1,
    });
    return jsonAnswer(page(found, limit, { view: runItem, cursor: (run) => String(run.id) }));
  },

  async getRun(call) {
    const run = await findRun(call.ports.runs, call.runRef);
    return jsonAnswer(runView(run));
  },

  async cancelRun(call) {
    const { force } = validate(CancelBody, parseBody(await call.body()), "body");
    const { id, number } = await findRun(call.ports.runs, call.runRef);
    const { changed } = await call.ports.supervisor.cancel({
      namespace: call.namespace,
      runId: id,
      force,
      by: call.by,
    });
    return jsonAnswer({ id: String(id), number, changed });
  },
} satisfies Partial<Record<RouteId, Endpoint>>;

/**
 * The values of a run: those given, and the defaults.
 *
 * @throws {ErrandError} `invalid`, naming the parameters
 */
function runParams(
  definition: Pipeline,
  given: Readonly<Record<string, JsonValue>>,
): Readonly<Record<string, JsonValue>> {
  const { params, problems } = checkParams(definition, given);
  if (problems.length === 0) return params;
  const lines = problems.map(({ path, message }) => `${path.slice(1)}: ${message}`);
  throw new ErrandError("invalid", `parameters of ${definition.name}: ${lines.join("; ")}`, {
    facts: { params: problems },
  });
}

async function submit(call: ApiCall, request: SubmitRequest): Promise<Response> {
  const { runId, number } = await call.ports.supervisor.submit(request);
  return jsonAnswer({ id: String(runId), number }, { status: 202 });
}

/** The idempotency key of a call, bound to what it asks for: formatting does not count, content does. */
function idempotency(
  call: ApiCall,
  asks: readonly [what: string, of: string, params: Readonly<Record<string, JsonValue>>],
): Pick<SubmitRequest, "idempotency"> {
  const key = call.header("idempotency-key");
  if (key === undefined) return {};
  if (key === "" || key.length > 200) {
    throw new ErrandError(
      "invalid",
      `an Idempotency-Key is 1 to 200 characters long, this one ${key.length}`,
    );
  }
  const [what, of, params] = asks;
  const sorted = Object.entries(params).sort(([a], [b]) => a < b ? -1 : 1);
  const bodyHash = createHash("sha256").update(JSON.stringify([what, of, sorted])).digest("hex");
  return { idempotency: { key, bodyHash } };
}
