import type { Cell, JournalRow } from "../kernel/journal.ts";
import type { Database } from "./database.ts";

/** One version of a pipeline. */
export interface PipelineVersion {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the canonical form, in hex. */
  readonly hash: string;
  /** The canonical form as text. */
  readonly canonical: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
}

/** A pipeline's name and what its new runs get. */
export interface PipelineHead {
  readonly namespace: string;
  readonly name: string;
  readonly liveVersion: number;
  /** Set when it was removed: its runs and versions stay. */
  readonly removedAtMs?: number;
}

/** The row that makes a version live, or marks the pipeline as removed. */
export function pipelineRow(head: PipelineHead): JournalRow {
  const { namespace, name, liveVersion, removedAtMs } = head;
  return {
    table: "pipeline",
    key: `${namespace}/${name}`,
    cells: [namespace, name, liveVersion, removedAtMs ?? null],
  };
}

/** The row of a version. */
export function pipelineVersionRow(version: PipelineVersion): JournalRow {
  const { namespace, name, hash, canonical, createdAtMs, createdBy } = version;
  return {
    table: "pipeline_version",
    key: `${namespace}/${name}/${version.version}`,
    cells: [namespace, name, version.version, hash, canonical, createdAtMs, createdBy],
  };
}

const VERSION = "v.namespace,v.name,v.version,v.hash,v.canonical,v.created_at,v.created_by";
const LIVE = "pipeline p join pipeline_version v " +
  "on v.namespace = p.namespace and v.name = p.name and v.version = p.live_version";

/** Reads pipelines and their versions. */
export class PipelineReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The live version; undefined when there is none or the pipeline was removed. */
  live(namespace: string, name: string): Promise<PipelineVersion | undefined> {
    return this.#one(
      `select json_array(${VERSION}) from ${LIVE} where p.namespace = ? and p.name = ? and p.removed_at is null`,
      [namespace, name],
    );
  }

  /** One version, also of a removed pipeline. */
  version(namespace: string, name: string, version: number): Promise<PipelineVersion | undefined> {
    return this.#one(
      `select json_array(${VERSION}) from pipeline_version v where namespace = ? and name = ? and version = ?`,
      [namespace, name, version],
    );
  }

  /** The newest version, also of a removed pipeline: the next one's number is one above. */
  newest(namespace: string, name: string): Promise<PipelineVersion | undefined> {
    return this.#one(
      `select json_array(${VERSION}) from pipeline_version v where namespace = ? and name = ? ` +
        "order by version desc limit 1",
      [namespace, name],
    );
  }

  /** The newest version with this hash, also of a removed pipeline. */
  byHash(namespace: string, name: string, hash: string): Promise<PipelineVersion | undefined> {
    return this.#one(
      `select json_array(${VERSION}) from pipeline_version v where namespace = ? and name = ? and hash = ? ` +
        "order by version desc limit 1",
      [namespace, name, hash],
    );
  }

  /** Live versions by name, those behind `after`. */
  async list(
    query: { readonly namespace: string; readonly after: string; readonly limit: number },
  ): Promise<readonly PipelineVersion[]> {
    const rows = await this.#database.rows(
      `select json_array(${VERSION}) from ${LIVE} where p.namespace = ? and p.name > ? ` +
        "and p.removed_at is null order by p.name limit ?",
      [query.namespace, query.after, query.limit],
    );
    return rows.map(fromCells);
  }

  /** The versions of a pipeline, newest first, those with a number below `before`. */
  async versions(
    query: {
      readonly namespace: string;
      readonly name: string;
      readonly before: number;
      readonly limit: number;
    },
  ): Promise<readonly PipelineVersion[]> {
    const rows = await this.#database.rows(
      `select json_array(${VERSION}) from pipeline_version v where namespace = ? and name = ? and version < ? ` +
        "order by version desc limit ?",
      [
        query.namespace,
        query.name,
        Math.min(query.before, Number.MAX_SAFE_INTEGER),
        query.limit,
      ],
    );
    return rows.map(fromCells);
  }

  async #one(sql: string, args: readonly Cell[]): Promise<PipelineVersion | undefined> {
    const cells = await this.#database.row(sql, args);
    return cells && fromCells(cells);
  }
}

function fromCells(cells: readonly Cell[]): PipelineVersion {
  const [namespace, name, version, hash, canonical, createdAt, createdBy] = cells;
  return {
    namespace: String(namespace),
    name: String(name),
    version: Number(version),
    hash: String(hash),
    canonical: String(canonical),
    createdAtMs: Number(createdAt),
    createdBy: String(createdBy),
  };
}
