import { canonicalJson, isList } from "./canonical-json.ts";
import type { JsonValue, Pipeline } from "./pipeline.ts";

/** One difference between two pipelines. */
export interface PipelineChange {
  /** Where: `params.depth.default`, `tasks.crawl.env.URL`, `after.clean.work.script`. */
  readonly path: string;
  /** Undefined = it was not there. */
  readonly before: JsonValue | undefined;
  /** Undefined = it is not there any more. */
  readonly after: JsonValue | undefined;
}

/** What changes from one pipeline to another, sorted by path; empty exactly when they are equal. */
export function diffPipelines(a: Pipeline, b: Pipeline): readonly PipelineChange[] {
  const changes: PipelineChange[] = [];
  compare("", [byName(a), byName(b)], changes);
  return changes.sort((x, y) => x.path < y.path ? -1 : x.path > y.path ? 1 : 0);
}

/** Tasks by name rather than by index, so that a new task is one change. */
function byName(pipeline: Pipeline): JsonValue {
  const section = (after: boolean) =>
    Object.fromEntries(
      pipeline.tasks.filter((task) => task.after === after).map((
        { name, after: _, ...task },
      ) => [name, task]),
    );
  return { ...pipeline, tasks: section(false), after: section(true) } as unknown as JsonValue;
}

function compare(
  path: string,
  [before, after]: readonly [JsonValue | undefined, JsonValue | undefined],
  changes: PipelineChange[],
): void {
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const own = (record: Readonly<Record<string, JsonValue>>) =>
        Object.hasOwn(record, key) ? record[key] : undefined;
      compare(path === "" ? key : `${path}.${key}`, [own(before), own(after)], changes);
    }
  } else if (
    before === undefined || after === undefined || canonicalJson(before) !== canonicalJson(after)
  ) {
    changes.push({ path, before, after });
  }
}

function isRecord(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !isList(value);
}
