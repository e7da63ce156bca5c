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
import { type DataDir, fileRefused, writePrivately } from "./data-dir.ts";

/** The tokens of the store as the API asks for them. */
export class Tokens implements TokenPort {
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #known = new Map<string, StoredToken>();
  /** Counts the writes made here. */
  #writes = 0;

  constructor(store: Store, journal: Journal) {
    this.#store = store;
    this.#journal = journal;
  }

  find(prefix: string): StoredToken | undefined | Promise<StoredToken | undefined> {
    return this.#known.get(prefix) ?? this.#read(prefix);
  }

  used(id: string, atMs: number): void {
    // a note for people: a server that cannot write it has said so elsewhere
    this.#store.tokens.markUsed(id, atMs).catch(() => {});
  }

  /** Stores tokens in one commit. Every write goes through here: what was known of them is forgotten. */
  async write(tokens: readonly [TokenRow, ...TokenRow[]]): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#journal.put({
        owner: `token/${tokens[0].id}`,
        rows: tokens.map(tokenRow),
        events: [],
        durable: resolve,
        refused: reject,
      })
    );
    this.#writes++;
    for (const { prefix } of tokens) this.#known.delete(prefix);
  }

  async #read(prefix: string): Promise<StoredToken | undefined> {
    const writes = this.#writes;
    const found = await this.#store.tokens.find(prefix);
    if (!found || !isRole(found.role)) return undefined;
    const token = { ...found, role: found.role };
    // not one that a write has overtaken
    if (writes === this.#writes) this.#known.set(prefix, token);
    return token;
  }
}

/**
 * The first admin token: made when there is none, written to its file for the local command line,
 * stored as a hash only. A file that is gone or does not fit gets a new token, and those before it
 * are revoked.
 *
 * @throws {ErrandError} when the file cannot be read or written
 */
export async function ensureAdminToken(
  dir: DataDir,
  store: Store,
  tokens: Tokens,
): Promise<string> {
  const text = await readToken(dir.tokenFile);
  const prefix = tokenPrefix(text);
  const known = prefix === undefined ? undefined : await store.tokens.find(prefix);
  if (known && known.revokedAtMs === undefined && isToken(text, known.sha256)) return text;
  const token = createToken();
  const nowMs = Date.now();
  const earlier = await unrevoked(store, ADMIN);
  await tokens.write([
    {
      id: token.prefix,
      prefix: token.prefix,
      sha256: token.sha256,
      name: ADMIN,
      role: "admin",
      namespaces: "*",
      createdAtMs: nowMs,
    },
    ...earlier.map((old) => ({ ...old, revokedAtMs: nowMs })),
  ]);
  await writePrivately(dir.tokenFile, `${token.text}\n`);
  return token.text;
}

type TokenRow = Parameters<typeof tokenRow>[0];

const ADMIN = "admin";
const PAGE = 500;

/** "" when there is none: a file that cannot be read now is no reason to revoke what is in it. */
async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw fileRefused(path, error);
  }
}

async function unrevoked(store: Store, name: string): Promise<readonly TokenRow[]> {
  const found: TokenRow[] = [];
  for (let after = "";;) {
    const page = await store.tokens.list(after, PAGE);
    found.push(...page.filter((it) => it.name === name && it.revokedAtMs === undefined));
    if (page.length < PAGE) return found;
    after = page.at(-1)!.id;
  }
}
