import type {
  Applied,
  ListQuery,
  PipelineDetail,
  PipelinePage,
  Removed,
  VersionPage,
} from "../pipeline.ts";
import type { Scope } from "./scope.ts";

/** Calls about pipelines. */
export interface PipelineClient {
  /** By name, a page at a time. */
  list(query?: ListQuery, signal?: AbortSignal): Promise<PipelinePage>;
  /** The live version, or the one asked for. @throws {ErrandError} `not_found` */
  get(
    name: string,
    options?: { readonly version?: number | undefined },
    signal?: AbortSignal,
  ): Promise<PipelineDetail>;
  /** Newest first, a page at a time. @throws {ErrandError} `not_found` */
  versions(name: string, query?: ListQuery, signal?: AbortSignal): Promise<VersionPage>;
  /**
   * Makes the pipeline be as `file` says: the form of the pipeline file, as a JSON value. Repeating
   * it changes nothing.
   *
   * @throws {ErrandError} `invalid` with `facts.problems`; `conflict` when `ifMatch` does not match
   */
  apply(name: string, file: unknown, options?: ApplyOptions): Promise<Applied>;
  /** Marks it removed. Repeating it changes nothing. @throws {ErrandError} `not_found`, `conflict` */
  remove(
    name: string,
    options?: { readonly ifMatch?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Removed>;
}

/** How to apply. */
export interface ApplyOptions {
  /** The hash or the number of the live version as the caller knows it; `*` = any. */
  readonly ifMatch?: string | undefined;
  /** Checks and answers as usual, stores nothing. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The calls about pipelines of one namespace. */
export function pipelineClient({ transport, namespace }: Scope): PipelineClient {
  const path = (pipeline: string) => ({ namespace, pipeline });
  return {
    list: (query, signal) =>
      transport.call("listPipelines", { path: { namespace }, query: pageQuery(query) }, signal),
    get: (name, options, signal) =>
      transport.call(
        "getPipeline",
        { path: path(name), query: { version: options?.version } },
        signal,
      ),
    versions: (name, query, signal) =>
      transport.call("listVersions", { path: path(name), query: pageQuery(query) }, signal),
    apply: (name, file, options = {}) =>
      transport.call("applyPipeline", {
        path: path(name),
        query: { dryRun: options.dryRun ? true : undefined },
        headers: ifMatchHeader(options.ifMatch),
        body: file,
      }, options.signal),
    remove: (name, options, signal) =>
      transport.call(
        "removePipeline",
        { path: path(name), headers: ifMatchHeader(options?.ifMatch) },
        signal,
      ),
  };
}

/** The query of a page. */
export function pageQuery(
  query: ListQuery = {},
): { readonly cursor: string | undefined; readonly limit: number | undefined } {
  return { cursor: query.cursor, limit: query.limit as number | undefined };
}

function ifMatchHeader(ifMatch: string | undefined): Record<string, string> {
  if (ifMatch === undefined) return {};
  return { "if-match": ifMatch === "*" ? "*" : `"${ifMatch}"` };
}
