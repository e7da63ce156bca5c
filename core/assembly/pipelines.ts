import type { JournalRow } from "../kernel/journal.ts";
import type { PipelineStore, StoredPipeline } from "../http/mod.ts";
import { canonicalText, parseCanonical, type Pipeline } from "../pipeline/mod.ts";
import {
  type Journal,
  pipelineRow,
  type PipelineVersion,
  pipelineVersionRow,
  type Store,
} from "../store/mod.ts";

/** Versions whose definitions are kept in memory. */
const KEPT = 1_000;

/** Pipelines of the store as the API and recovery read them: parsed once, the live ones at hand. */
export class Pipelines implements PipelineStore {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #live = new Map<string, StoredPipeline | undefined>();
  /** Counts the changes made here. */
  #changes = 0;
  readonly #definitions = new Map<string, Pipeline>();

  constructor(store: Store, journal: Journal) {
    this.#store = store;
    this.#journal = journal;
  }

  live(
    namespace: string,
    name: string,
  ): StoredPipeline | undefined | Promise<StoredPipeline | undefined> {
    const key = `${namespace}/${name}`;
    if (this.#live.has(key)) return this.#live.get(key);
    const changes = this.#changes;
    return this.#store.pipelines.live(namespace, name).then((found) => {
      const live = found && this.#parse(found);
      // names that are not there must not fill the memory, nor a read that a change has overtaken
      if (live && changes === this.#changes) this.#live.set(key, live);
      return live;
    });
  }

  async version(
    namespace: string,
    name: string,
    version: number,
  ): Promise<StoredPipeline | undefined> {
    const found = await this.#store.pipelines.version(namespace, name, version);
    return found && this.#parse(found);
  }

  /** The canonical form of a version. @throws when it is not there */
  async definition(namespace: string, name: string, version: number): Promise<Pipeline> {
    const known = this.#definitions.get(`${namespace}/${name}/${version}`);
    if (known) return known;
    const found = await this.version(namespace, name, version);
    if (!found) throw new Error(`version ${version} of pipeline ${name} is not in the store`);
    return found.definition;
  }

  async list(query: Parameters<PipelineStore["list"]>[0]): Promise<readonly StoredPipeline[]> {
    return (await this.#store.pipelines.list(query)).map((found) => this.#parse(found));
  }

  async versions(
    query: Parameters<PipelineStore["versions"]>[0],
  ): Promise<readonly StoredPipeline[]> {
    return (await this.#store.pipelines.versions(query)).map((found) => this.#parse(found));
  }

  async put(
    request: Parameters<PipelineStore["put"]>[0],
  ): Promise<{ readonly version: number; readonly changed: boolean }> {
    const { namespace, definition, hash, by } = request;
    const { name } = definition;
    const live = await this.live(namespace, name);
    if (live?.hash === hash) return { version: live.version, changed: false };
    const newest = await this.#store.pipelines.newest(namespace, name);
    const version = (newest?.version ?? 0) + 1;
    const stored: StoredPipeline = {
      namespace,
      name,
      version,
      hash,
      definition,
      createdAtMs: Date.now(),
      createdBy: by,
    };
    await this.#write(namespace, name, [
      pipelineVersionRow({ ...stored, canonical: canonicalText(definition) }),
      pipelineRow({ namespace, name, liveVersion: version }),
    ]);
    this.#changes++;
    this.#live.set(`${namespace}/${name}`, stored);
    return { version, changed: true };
  }

  async remove(request: Parameters<PipelineStore["remove"]>[0]): Promise<void> {
    const { namespace, name } = request;
    const live = await this.live(namespace, name);
    if (!live) return;
    await this.#write(namespace, name, [
      pipelineRow({ namespace, name, liveVersion: live.version, removedAtMs: Date.now() }),
    ]);
    this.#changes++;
    this.#live.delete(`${namespace}/${name}`);
  }

  #write(namespace: string, name: string, rows: readonly JournalRow[]): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#journal.put({
        owner: `pipeline/${namespace}/${name}`,
        rows,
        events: [],
        durable: resolve,
        refused: reject,
      })
    );
  }

  #parse(found: PipelineVersion): StoredPipeline {
    const { canonical, ...rest } = found;
    const key = `${found.namespace}/${found.name}/${found.version}`;
    let definition = this.#definitions.get(key);
    if (!definition) {
      definition = parseCanonical(canonical);
      if (this.#definitions.size >= KEPT) {
        this.#definitions.delete(this.#definitions.keys().next().value!);
      }
      this.#definitions.set(key, definition);
    }
    return { ...rest, definition };
  }
}
