import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ErrandError } from "../protocol/errors.ts";
import type { ErrandClient } from "../protocol/http/client/mod.ts";
import type { CliContext } from "./context.ts";
import { dataDirectory } from "./data-dir.ts";
import { parseName } from "./flags.ts";

/** Where a server is, and what it knows us by. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** A client of the server that the options, the environment or the data directory name. */
export async function connect(
  context: CliContext,
  flags: { readonly namespace?: string; readonly data?: string },
): Promise<ErrandClient> {
  const { url, token } = await findServer(context, flags.data);
  return await context.ports.openClient({ url, token, namespace: namespaceOf(context, flags) });
}

/** The namespace: `--namespace`, else `ERRAND_NAMESPACE`, else `default`. */
export function namespaceOf(
  context: CliContext,
  flags: { readonly namespace?: string },
): string {
  return flags.namespace ?? parseName(context.process.env["ERRAND_NAMESPACE"] || "default");
}

/**
 * Finds the server: `--data DIR` names it by its files; else `ERRAND_URL` and `ERRAND_TOKEN`; else
 * the files of the usual data directory. The token of a file goes to the address beside it only.
 *
 * @throws {ErrandError} `unavailable` when nothing names one; `denied` when its token is not readable
 */
export async function findServer(
  context: CliContext,
  data: string | undefined,
): Promise<ServerAddress> {
  const { ERRAND_URL, ERRAND_TOKEN } = context.process.env;
  if (data === undefined && ERRAND_URL) {
    if (!URL.canParse(ERRAND_URL)) {
      throw new ErrandError("invalid", `ERRAND_URL is no URL: ${JSON.stringify(ERRAND_URL)}`);
    }
    const url = ERRAND_URL.replace(/\/+$/, "");
    if (ERRAND_TOKEN) return { url, token: ERRAND_TOKEN };
    const local = await readServerFile(dataDirectory(data, context.process)).catch(() => undefined);
    if (local?.url !== url) return { url, token: undefined };
    return { url, token: await readToken(dataDirectory(data, context.process)) };
  }
  const folder = dataDirectory(data, context.process);
  const { url } = await readServerFile(folder);
  return { url, token: (data === undefined && ERRAND_TOKEN) || await readToken(folder) };
}

async function readServerFile(folder: string): Promise<{ readonly url: string }> {
  const file = join(folder, "server.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EACCES") throw unreadable(file);
    throw new ErrandError(
      "unavailable",
      `no server is running on ${folder} (there is no server.json): start one with ` +
        "`errand serve`, or set ERRAND_URL and ERRAND_TOKEN",
      { cause: error },
    );
  });
  try {
    const { url } = JSON.parse(text) as { readonly url?: unknown };
    if (typeof url === "string" && URL.canParse(url)) return { url };
  } catch {
    // said below
  }
  throw new ErrandError("unavailable", `${file} does not name a server: start one again`);
}

async function readToken(folder: string): Promise<string> {
  const file = join(folder, "admin.token");
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw Object.assign(unreadable(file), { cause: error });
  }
}

function unreadable(file: string): ErrandError {
  return new ErrandError(
    "denied",
    `${file} cannot be read by this user: run as the server's user, or set ERRAND_URL and ` +
      "ERRAND_TOKEN",
  );
}
