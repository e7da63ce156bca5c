import { ErrandError } from "../../protocol/errors.ts";
import type { ApiPorts } from "./ports.ts";

/** Whatever was thrown, as the caller is told; a fault of ours is said to the server's log in full. */
export function faultOf(
  ports: Pick<ApiPorts, "warn">,
  at: { readonly thrown: unknown; readonly route: string },
): ErrandError {
  const error = ErrandError.from(at.thrown);
  if (error.code === "internal" || error.code === "corrupt") {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
    ports.warn("a request failed", { route: at.route, error: error.message, stack });
  }
  return error;
}
