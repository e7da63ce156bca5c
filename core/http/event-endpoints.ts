import { EventQuery, type RouteId, validate } from "../../protocol/http/mod.ts";
import type { PublicEvent } from "../supervisor/mod.ts";
import { covers } from "./caller.ts";
import { numberCursor } from "./cursor.ts";
import type { ApiCall, Endpoint } from "./endpoint.ts";
import { EventFollower } from "./event-follower.ts";

/** The endpoints about events. */
export const EVENT_ENDPOINTS = {
  followEvents(call) {
    const { namespace } = call;
    return follow(call, (event) => event.namespace === namespace);
  },
  followAllEvents(call) {
    const { token } = call;
    return follow(call, (event) => covers(token, event.namespace));
  },
} satisfies Partial<Record<RouteId, Endpoint>>;

function follow(call: ApiCall, inScope: (event: PublicEvent) => boolean): Response {
  const { run, pipeline, after } = validate(EventQuery, call.query(), "query");
  const from = call.header("last-event-id") || after;
  const follower = new EventFollower(call.ports, {
    after: from === undefined ? undefined : numberCursor(from, 0),
    wants: (event) =>
      inScope(event) && (run === undefined || event.runId === run) &&
      (pipeline === undefined || event.pipeline === pipeline),
  });
  return call.stream((signal) => follower.texts(signal), () => follower.position);
}
