import type { Cell, JournalRow } from "../kernel/journal.ts";
import type { Database } from "./database.ts";
import type { Lease } from "./lease.ts";

/** A token as stored: never its text. */
export interface StoredToken {
  readonly id: string;
  /** What it is found by; no secret. */
  readonly prefix: string;
  /** SHA-256 of the whole token, in hex. */
  readonly sha256: string;
  /** Who holds it. */
  readonly name: string;
  readonly role: string;
  /** `*` = all. */
  readonly namespaces: "*" | readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  readonly lastUsedAtMs?: number;
}

/** The row of a token. */
export function tokenRow(token: StoredToken): JournalRow {
  const { id, prefix, sha256, name, role, namespaces } = token;
  return {
    table: "token",
    key: id,
    cells: [
      id,
      prefix,
      sha256,
      name,
      role,
      namespaces === "*" ? "*" : namespaces.join(","),
      token.createdAtMs,
      token.expiresAtMs ?? null,
      token.revokedAtMs ?? null,
      token.lastUsedAtMs ?? null,
    ],
  };
}

const TOKEN = "id,prefix,sha256,name,role,namespaces,created_at,expires_at,revoked_at,last_used_at";

/** The tokens that are known. */
export class TokenStore {
  readonly #database: Database;
  readonly #lease: Lease | undefined;

  constructor(database: Database, lease: Lease | undefined) {
    this.#database = database;
    this.#lease = lease;
  }

  /** By the prefix in its text. */
  async find(prefix: string): Promise<StoredToken | undefined> {
    const cells = await this.#database.row(
      `select json_array(${TOKEN}) from token where prefix = ?`,
      [prefix],
    );
    return cells && fromCells(cells);
  }

  /** All of them, oldest first, those with an id behind `after`. */
  async list(after: string, limit: number): Promise<readonly StoredToken[]> {
    const rows = await this.#database.rows(
      `select json_array(${TOKEN}) from token where id > ? order by id limit ?`,
      [after, limit],
    );
    return rows.map(fromCells);
  }

  /** Notes when it was used last; nothing else of it changes, whatever the journal writes meanwhile. */
  async markUsed(id: string, atMs: number): Promise<void> {
    await this.#lease?.write([
      { sql: "update token set last_used_at = ? where id = ?", args: [atMs, id] },
    ]);
  }
}

function fromCells(cells: readonly Cell[]): StoredToken {
  const [id, prefix, sha256, name, role, namespaces, createdAt, expiresAt, revokedAt, lastUsedAt] =
    cells;
  return {
    id: String(id),
    prefix: String(prefix),
    sha256: String(sha256),
    name: String(name),
    role: String(role),
    namespaces: namespaces === "*" ? "*" : String(namespaces).split(",").filter(Boolean),
    createdAtMs: Number(createdAt),
    ...(expiresAt === null ? {} : { expiresAtMs: Number(expiresAt) }),
    ...(revokedAt === null ? {} : { revokedAtMs: Number(revokedAt) }),
    ...(lastUsedAt === null ? {} : { lastUsedAtMs: Number(lastUsedAt) }),
  };
}
