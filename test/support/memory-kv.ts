import { PluginError } from "../../protocol/errors.ts";
import type { KvStore } from "../../core/host/mod.ts";

/** The one fake of the host's `KvStore`. */
export class MemoryKv implements KvStore {
  readonly #entries = new Map<string, { value: Uint8Array; revision: number }>();
  #revision = 0;

  get(instance: string, key: string) {
    return Promise.resolve(this.#entries.get(`${instance}/${key}`));
  }

  put(at: { instance: string; key: string }, value: Uint8Array, ifRevision?: number) {
    const id = `${at.instance}/${at.key}`;
    const before = this.#entries.get(id)?.revision ?? 0;
    if (ifRevision !== undefined && ifRevision !== before) {
      return Promise.reject(new PluginError("conflict", `revision ${before}`));
    }
    const revision = ++this.#revision;
    this.#entries.set(id, { value, revision });
    return Promise.resolve({ revision });
  }

  delete(instance: string, key: string) {
    this.#entries.delete(`${instance}/${key}`);
    return Promise.resolve();
  }

  list(
    at: { instance: string; prefix: string },
    page: { readonly cursor: string; readonly limit: number },
  ) {
    const keys = [...this.#entries.keys()]
      .filter((it) => it.startsWith(`${at.instance}/${at.prefix}`))
      .map((it) => it.slice(at.instance.length + 1))
      .filter((it) => it > page.cursor).sort();
    const some = keys.slice(0, page.limit);
    return Promise.resolve({
      keys: some,
      cursor: some.length < keys.length ? some.at(-1)! : "",
    });
  }
}
