import process from "node:process";
import { ErrandError } from "../../protocol/errors.ts";
import { openApiDocument, type RouteId } from "../../protocol/http/mod.ts";
import { jsonAnswer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { instant } from "./run-view.ts";
import { RUNTIME } from "./runtime.ts";

/** The endpoints about the server itself. */
export const SERVER_ENDPOINTS = {
  getHealth: () => jsonAnswer({ status: "ok" }),

  getReadiness(call) {
    const why = call.ports.server.notReady();
    if (why !== undefined) throw new ErrandError("unavailable", why);
    return jsonAnswer({ ready: true });
  },

  getOpenApi: (call) => jsonAnswer(openApiDocument({ version: call.ports.server.version })),

  getVersion(call) {
    const { version, startedAtMs } = call.ports.server;
    return jsonAnswer({
      version,
      runtime: RUNTIME.name,
      runtimeVersion: RUNTIME.version,
      pid: process.pid,
      startedAt: instant(startedAtMs),
    });
  },

  getStatus(call) {
    const { server, supervisor } = call.ports;
    return jsonAnswer({
      version: server.version,
      uptimeMs: Math.max(0, call.ports.nowMs() - server.startedAtMs),
      ...supervisor.status(),
    });
  },

  listPlugins: async (call) => jsonAnswer({ items: await call.ports.plugins() }),
} satisfies Partial<Record<RouteId, Endpoint>>;
