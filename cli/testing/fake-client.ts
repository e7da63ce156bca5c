import type {
  ClientOptions,
  ErrandClient,
  EventClient,
  PipelineClient,
  RunClient,
} from "../../protocol/http/client/mod.ts";
import type { Ports } from "../ports.ts";

/** The calls that a test answers. */
export interface FakeCalls extends Partial<Omit<ErrandClient, "pipelines" | "runs" | "events">> {
  readonly pipelines?: Partial<PipelineClient>;
  readonly runs?: Partial<RunClient>;
  readonly events?: Partial<EventClient>;
}

/** A client that answers the given calls and fails on every other. */
export function fakeClient(calls: FakeCalls, options: Partial<ClientOptions> = {}): ErrandClient {
  const { pipelines = {}, runs = {}, events = {}, ...rest } = calls;
  return strict<ErrandClient>("client", {
    url: options.url ?? "http://127.0.0.1:7470",
    namespace: options.namespace ?? "default",
    ...rest,
    pipelines: strict<PipelineClient>("pipelines", pipelines),
    runs: strict<RunClient>("runs", runs),
    events: strict<EventClient>("events", events),
  });
}

/** Ports whose client answers the given calls; notes how it was opened. */
export function fakePorts(
  calls: FakeCalls,
): Partial<Ports> & { readonly opened: ClientOptions[] } {
  const opened: ClientOptions[] = [];
  return {
    opened,
    openClient: (options) => {
      opened.push(options);
      return Promise.resolve(fakeClient(calls, options));
    },
  };
}

function strict<T extends object>(name: string, calls: Partial<T>): T {
  return new Proxy(calls as T, {
    get(target, key, receiver) {
      if (key in target || key === "then") return Reflect.get(target, key, receiver);
      throw new Error(`the test did not expect ${name}.${String(key)}`);
    },
  });
}
