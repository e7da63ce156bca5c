import {
  ApplyQuery,
  ListQuery,
  type PipelineItem,
  PipelineQuery,
  type RouteId,
  validate,
} from "../../protocol/http/mod.ts";
import { pipelineSchema } from "../pipeline/mod.ts";
import { jsonAnswer } from "./answer.ts";
import { applyPipeline, removePipeline } from "./apply.ts";
import { parseBody } from "./body.ts";
import { badCursor, numberCursor, page } from "./cursor.ts";
import type { Endpoint } from "./endpoint.ts";
import { noPipeline } from "./missing.ts";
import type { StoredPipeline } from "./ports.ts";
import { instant } from "./run-view.ts";

/** The endpoints about pipelines. */
export const PIPELINE_ENDPOINTS = {
  getPipelineSchema: () => jsonAnswer(pipelineSchema),

  async listPipelines(call) {
    const { cursor = "", limit } = validate(ListQuery, call.query(), "query");
    if (!/^[a-z0-9-]{0,63}$/.test(cursor)) throw badCursor();
    const found = await call.ports.pipelines.list({
      namespace: call.namespace,
      after: cursor,
      limit: limit + 1,
    });
    return jsonAnswer(page(found, limit, { view: itemView, cursor: (item) => item.name }));
  },

  async getPipeline(call) {
    const { namespace } = call;
    const name = call.param("pipeline");
    const { version } = validate(PipelineQuery, call.query(), "query");
    const found = version === undefined
      ? await call.ports.pipelines.live(namespace, name)
      : await call.ports.pipelines.version(namespace, name, version);
    if (!found) throw noPipeline(namespace, name, { version });
    return jsonAnswer(
      { ...itemView(found), definition: found.definition },
      { headers: { etag: `"${found.hash}"` } },
    );
  },

  async listVersions(call) {
    const { namespace } = call;
    const name = call.param("pipeline");
    const { cursor, limit } = validate(ListQuery, call.query(), "query");
    const live = await call.ports.pipelines.live(namespace, name);
    const before = numberCursor(cursor, Number.MAX_SAFE_INTEGER);
    const found = await call.ports.pipelines.versions({
      namespace,
      name,
      before,
      limit: limit + 1,
    });
    if (found.length === 0 && cursor === undefined) throw noPipeline(namespace, name);
    return jsonAnswer(page(found, limit, {
      view: ({ version, hash, createdAtMs, createdBy }) => ({
        version,
        hash,
        live: version === live?.version,
        createdAt: instant(createdAtMs),
        createdBy,
      }),
      cursor: ({ version }) => String(version),
    }));
  },

  async applyPipeline(call) {
    const { dryRun } = validate(ApplyQuery, call.query(), "query");
    const text = await call.body();
    parseBody(text);
    const applied = await applyPipeline(call.ports, {
      namespace: call.namespace,
      name: call.param("pipeline"),
      text,
      ifMatch: call.header("if-match"),
      dryRun: dryRun === "true",
      by: call.by,
    });
    return jsonAnswer(applied, { headers: { etag: `"${applied.hash}"` } });
  },

  async removePipeline(call) {
    return jsonAnswer(
      await removePipeline(call.ports, {
        namespace: call.namespace,
        name: call.param("pipeline"),
        ifMatch: call.header("if-match"),
        by: call.by,
      }),
    );
  },
} satisfies Partial<Record<RouteId, Endpoint>>;

function itemView({ name, definition, version, hash, createdAtMs }: StoredPipeline): PipelineItem {
  return {
    name,
    description: definition.description,
    labels: { ...definition.labels },
    version,
    hash,
    updatedAt: instant(createdAtMs),
  };
}
