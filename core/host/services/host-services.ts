import { type ErrorCode, PluginError } from "../../../protocol/errors.ts";
import type { Bytes, Host, Page } from "../../kernel/plugin.ts";
import { checkKey, checkPage, checkPrefix, checkValue } from "./kv-limits.ts";
import { readLogEntry } from "./log-entry.ts";
import type { KvStore, ServicePorts } from "./ports.ts";

/** For whom the services are, and what was granted. */
export interface ServiceOptions {
  readonly plugin: string;
  readonly instance: string;
  /** Capabilities that an operator granted: `blob`, `secret:<name>`, `fetch:<host>[:<port>]`. */
  readonly grants: readonly string[];
  readonly ports: ServicePorts;
}

/** What one plugin instance gets of the host, the same on every door. */
export function hostServices(options: ServiceOptions): Host {
  return new HostServices(options);
}

const NEVER = new AbortController().signal;

class HostServices implements Host {
  readonly #options: ServiceOptions;
  readonly #grants: ReadonlySet<string>;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#grants = new Set(options.grants);
  }

  log(entries: Parameters<Host["log"]>[0]): Promise<void> {
    return this.#serve("log", () => {
      const { plugin, instance, ports } = this.#options;
      const read = entries.map(readLogEntry);
      for (const it of read) ports.log({ plugin, instance, ...it });
      return Promise.resolve();
    });
  }

  kvGet(key: string, signal: AbortSignal) {
    return this.#kv("kvGet", (kv, instance) => {
      checkKey(key);
      return kv.get(instance, key);
    }, signal);
  }

  kvPut(key: string, value: Bytes, ifRevision: number | undefined, signal: AbortSignal) {
    return this.#kv("kvPut", (kv, instance) => {
      checkKey(key);
      checkValue(value);
      return kv.put({ instance, key }, value, ifRevision);
    }, signal);
  }

  kvDelete(key: string, signal: AbortSignal) {
    return this.#kv("kvDelete", (kv, instance) => {
      checkKey(key);
      return kv.delete(instance, key);
    }, signal);
  }

  kvList(prefix: string, page: Page, signal: AbortSignal) {
    return this.#kv("kvList", (kv, instance) => {
      checkPrefix(prefix);
      checkPage(page);
      return kv.list({ instance, prefix }, page);
    }, signal);
  }

  secret(name: string, signal: AbortSignal): Promise<Bytes> {
    return this.#serve("secret", () => {
      this.#requireGrant(`secret:${name}`);
      const { secret } = this.#options.ports;
      if (!secret) throw unsupported("secrets for plugins");
      return secret(name, signal);
    }, signal);
  }

  readBlob(sha256: string, offset: number, maxBytes: number, signal: AbortSignal): Promise<Bytes> {
    return this.#serve("readBlob", () => {
      this.#requireGrant("blob");
      const { readBlob } = this.#options.ports;
      if (!readBlob) throw unsupported("blobs for plugins");
      return readBlob({ sha256, offset, maxBytes }, signal);
    }, signal);
  }

  fetch(request: Parameters<Host["fetch"]>[0], signal: AbortSignal): ReturnType<Host["fetch"]> {
    return this.#serve("fetch", () => {
      const host = hostOf(request.url);
      const granted = [...this.#grants].some((it) => it.startsWith("fetch:"));
      if (!granted) throw refuse("denied", `fetch:${host} was not granted to this plugin`);
      throw unsupported("requests for plugins");
    }, signal);
  }

  #kv<T>(
    method: string,
    use: (kv: KvStore, instance: string) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#serve(method, () => {
      const { ports, instance } = this.#options;
      if (!ports.kv) throw unsupported("a store for plugins");
      return use(ports.kv, instance);
    }, signal);
  }

  /** A plugin sees `PluginError`s only, all of them the host's. */
  async #serve<T>(
    method: string,
    work: () => Promise<T>,
    signal: AbortSignal = NEVER,
  ): Promise<T> {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (reason) {
      const { code, message, retryAfterMs } = PluginError.from(reason, "host");
      const text = `host.${method}: ${message}`;
      throw new PluginError(code, text, { origin: "host", retryAfterMs, cause: reason });
    }
  }

  #requireGrant(capability: string): void {
    if (this.#grants.has(capability)) return;
    throw refuse("denied", `${capability} was not granted to this plugin`);
  }
}

function hostOf(url: string): string {
  if (!URL.canParse(url)) throw refuse("invalid", `not a URL: ${url.slice(0, 200)}`);
  return new URL(url).host;
}

function unsupported(what: string): PluginError {
  return refuse("unsupported", `this server has no ${what}`);
}

function refuse(code: ErrorCode, message: string): PluginError {
  return new PluginError(code, message, { origin: "host" });
}
