import { type Api, type ApiOptions, openApi } from "../../core/http/mod.ts";
import type { Role } from "../../protocol/http/mod.ts";
import { MemoryPorts } from "./memory-ports.ts";

/** A pipeline file of two tasks, as JSON. */
export const TWO_TASKS = {
  name: "two",
  params: { depth: { type: "integer", default: 2 } },
  tasks: {
    a: { run: "echo a" },
    b: { run: "echo b", needs: ["a"] },
  },
};

/** An API over memory. */
export interface ApiFixture {
  readonly memory: MemoryPorts;
  readonly api: Api;
  /** A request without a network; the token is an admin's unless another role or text is given. */
  request(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<Response>;
}

/** What a request carries. */
export interface RequestOptions {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `null` = none. */
  readonly token?: string | null;
  readonly role?: Role;
}

/** Opens an API over memory, with the pipeline `two` applied. */
export async function apiFixture(options: ApiOptions = {}): Promise<ApiFixture> {
  const memory = new MemoryPorts();
  const api = openApi(memory.ports(), options);
  const tokens = new Map<Role, string>();
  const tokenOf = (role: Role) => {
    const token = tokens.get(role) ?? memory.token(role);
    tokens.set(role, token);
    return token;
  };
  const fixture: ApiFixture = {
    memory,
    api,
    async request(method, path, request = {}) {
      const token = request.token === undefined ? tokenOf(request.role ?? "admin") : request.token;
      const body = request.text ??
        (request.body === undefined ? undefined : JSON.stringify(request.body));
      return await api.app.request(`http://127.0.0.1:7470${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...request.headers,
        },
        ...(body === undefined ? {} : { body }),
      });
    },
  };
  const put = await fixture.request("PUT", "/v1/namespaces/default/pipelines/two", {
    body: TWO_TASKS,
  });
  if (put.status !== 200) throw new Error(await put.text());
  return fixture;
}
