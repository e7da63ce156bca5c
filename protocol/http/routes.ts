import type { Role } from "./role.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Every route of the API, with its policy. The server registers exactly these, the OpenAPI document
 * lists exactly these, the client calls no other. A path parameter stands in braces.
 */
export const ROUTES = {
  getHealth: open("GET", "/healthz"),
  getReadiness: open("GET", "/readyz"),
  getOpenApi: server("GET", "/openapi.json", "viewer"),
  getVersion: server("GET", "/v1/version", "viewer"),
  getStatus: server("GET", "/v1/status", "viewer"),
  listPlugins: server("GET", "/v1/plugins", "viewer"),
  getPipelineSchema: server("GET", "/v1/schema/pipeline.json", "viewer"),
  followAllEvents: server("GET", "/v1/events", "viewer"),
  followEvents: scoped("GET", "/events", "viewer"),
  listPipelines: scoped("GET", "/pipelines", "viewer"),
  getPipeline: scoped("GET", "/pipelines/{pipeline}", "viewer"),
  applyPipeline: scoped("PUT", "/pipelines/{pipeline}", "editor", 1 * MIB),
  removePipeline: scoped("DELETE", "/pipelines/{pipeline}", "editor"),
  listVersions: scoped("GET", "/pipelines/{pipeline}/versions", "viewer"),
  submitRun: scoped("POST", "/pipelines/{pipeline}/runs", "operator", 1 * MIB),
  listRuns: scoped("GET", "/runs", "viewer"),
  getRun: scoped("GET", "/runs/{run}", "viewer"),
  cancelRun: scoped("POST", "/runs/{run}/cancel", "operator", 16 * KIB),
  rerunRun: scoped("POST", "/runs/{run}/rerun", "operator", 1 * MIB),
  readLogs: scoped("GET", "/runs/{run}/logs", "viewer"),
} as const satisfies Readonly<Record<string, Route>>;

/** The name of a route; also its OpenAPI `operationId`. */
export type RouteId = keyof typeof ROUTES;

/** Where a call goes and who may make it. */
export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With `{parameters}`. */
  readonly path: string;
  readonly policy: Policy;
  /** The longest body it reads, in bytes; 0 = it takes none. */
  readonly maxBodyBytes: number;
}

/** Who may call: anybody, or the holder of a token with at least `role`. */
export type Policy =
  | { readonly access: "public" }
  /** `namespace`: the token must also cover the namespace in the path. */
  | { readonly access: "token"; readonly role: Role; readonly scope: "server" | "namespace" };

/** The path with its parameters filled in, each percent-encoded. */
export function formatPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function open<P extends string>(method: Route["method"], path: P) {
  return { method, path, policy: { access: "public" }, maxBodyBytes: 0 } as const;
}

function server<P extends string>(method: Route["method"], path: P, role: Role) {
  const policy = { access: "token", role, scope: "server" } as const;
  return { method, path, policy, maxBodyBytes: 0 } as const;
}

function scoped<P extends string>(
  method: Route["method"],
  path: P,
  role: Role,
  maxBodyBytes: number = 0,
) {
  const policy = { access: "token", role, scope: "namespace" } as const;
  return { method, path: `/v1/namespaces/{namespace}${path}`, policy, maxBodyBytes } as const;
}
