import type { Answer as Parsed, ServerProcess } from "../support/server-process.ts";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly body: Parsed;
  readonly type?: string | null;
}

/** Sends a body as it is, which need not be JSON. */
export async function send(
  server: ServerProcess,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body: BodyInit;
    readonly type?: string;
  },
): Promise<Answer> {
  const { method, path, body, type = "application/json" } = request;
  const response = await fetch(server.url + path, {
    method,
    body,
    headers: { authorization: `Bearer ${server.token}`, "content-type": type },
    duplex: "half",
  } as RequestInit);
  return {
    status: response.status,
    body: await response.json(),
    type: response.headers.get("content-type"),
  };
}

/** Sends the text of a pipeline named `bad`. */
export function putText(server: ServerProcess, body: string, type?: string): Promise<Answer> {
  const path = "/v1/namespaces/default/pipelines/bad";
  return send(server, { method: "PUT", path, body, ...(type ? { type } : {}) });
}
