import { readFile } from "node:fs/promises";
import { isRole } from "../../protocol/http/mod.ts";
import {
  createToken,
  isToken,
  type StoredToken,
  tokenPrefix,
  type TokenStore as TokenPort,
} from "../http/mod.ts";
import { type Journal, type Store, tokenRow } from "../store/mod.ts";
import { type DataDir, writePrivately } from "./data-dir.ts";

/** The tokens of the store as the API asks for them. */
export class Tokens implements TokenPort {
  readonly #store: Store;
  readonly #known = new Map<string, StoredToken>();

  constructor(store: Store) {
    this.#store = store;
  }

  find(prefix: string): StoredToken | undefined | Promise<StoredToken | undefined> {
    return this.#known.get(prefix) ?? this.#read(prefix);
  }

  used(id: string, atMs: number): void {
    // a note for people: a server that cannot write it has said so elsewhere
    this.#store.tokens.markUsed(id, atMs).catch(() => {});
  }

  async #read(prefix: string): Promise<StoredToken | undefined> {
    const found = await this.#store.tokens.find(prefix);
    if (!found || !isRole(found.role)) return undefined;
    const token = { ...found, role: found.role };
    this.#known.set(prefix, token);
    return token;
  }
}

/**
 * The first admin token: made when there is none, written to its file for the local command line,
 * stored as a hash only. A file that is gone or does not fit gets a new token.
 */
export async function ensureAdminToken(
  dir: DataDir,
  store: Store,
  journal: Journal,
): Promise<string> {
  const text = await readFile(dir.tokenFile, "utf8").then((t) => t.trim(), () => "");
  const prefix = tokenPrefix(text);
  const known = prefix === undefined ? undefined : await store.tokens.find(prefix);
  if (known && known.revokedAtMs === undefined && isToken(text, known.sha256)) return text;
  const token = createToken();
  await new Promise<void>((resolve, reject) =>
    journal.put({
      owner: `token/${token.prefix}`,
      rows: [tokenRow({
        id: token.prefix,
        prefix: token.prefix,
        sha256: token.sha256,
        name: "admin",
        role: "admin",
        namespaces: "*",
        createdAtMs: Date.now(),
      })],
      events: [],
      durable: resolve,
      refused: reject,
    })
  );
  await writePrivately(dir.tokenFile, `${token.text}\n`);
  return token.text;
}
