/**
 * The HTTP API: routes behind one door, over ports that the server fills.
 *
 * @module
 */
export { type Api, type ApiOptions, openApi } from "./api.ts";
export type { HostNames } from "./host-check.ts";
export { isLoopback, listen, type Listener, type ListenOptions } from "./listen.ts";
export { LOCAL_URL, localFetch } from "./local-fetch.ts";
export type {
  ApiPorts,
  EventReader,
  LogPiece,
  LogReader,
  MaybePromise,
  PipelineStore,
  PluginEntry,
  RunHead,
  RunReader,
  StoredPipeline,
  StoredToken,
  TokenStore,
} from "./ports.ts";
export { runItem, runView } from "./run-view.ts";
export { createToken, isToken, type NewToken, tokenPrefix } from "./token.ts";
