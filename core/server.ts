/**
 * The server, from its parts: opens all of it in order, closes it in reverse. What the command line
 * loads, and nothing else.
 *
 * @module
 */
import { rm } from "node:fs/promises";
import process from "node:process";
import { Closing } from "./assembly/closing.ts";
import { openEngine } from "./assembly/engine.ts";
import { checkEngine } from "./assembly/check-engine.ts";
import { writePrivately } from "./assembly/data-dir.ts";
import { openServerLog } from "./assembly/server-log.ts";
import { packageVersion } from "../protocol/package-version.ts";
import { describeSettings, loadSettings, type Settings } from "./config/mod.ts";
import { isLoopback, listen, localFetch, openApi } from "./http/mod.ts";

export { checkEngine };

/** Where settings come from: flags before the environment before a file. */
export interface ServerOptions {
  readonly dataDir: string;
  /** Setting → text as typed. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A server that accepts runs. */
export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  /** What an operator should know, a sentence each. */
  readonly warnings: readonly string[];
  /** Resolves with why when the server cannot go on. */
  readonly ended: Promise<string>;
  /** Stops accepting, lets go of everything; tasks that run go on. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server: engine, API, listener, and the file by which the command line finds it.
 *
 * @throws {ErrandError} one sentence that says what to do
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const settings = loadSettings(options);
  const log = openServerLog({ format: settings.logFormat, level: settings.logLevel });
  const engine = await openEngine({ ...engineOptions(settings), log });
  const closing = new Closing();
  closing.add(() => engine.close());
  try {
    const { host, port } = settings.listen;
    const api = openApi(engine.ports, {
      ...(isLoopback(host) ? {} : { hosts: { loopback: false } }),
    });
    const listener = await listen(api.app, { host, port, allowRemote: settings.allowRemote });
    closing.add(() => listener.close());
    closing.add(() => api.close()); // before the listener, which waits for streams
    const { url } = listener;
    const file = { url, pid: process.pid, version: packageVersion() };
    await writePrivately(engine.dir.serverFile, `${JSON.stringify(file)}\n`);
    closing.add(() => rm(engine.dir.serverFile, { force: true }));
    log.write("info", "listening", { url });
    return {
      url,
      warnings: [...settings.warnings, ...engine.warnings],
      ended: engine.failed,
      close: () => closing.close(),
    };
  } catch (error) {
    await closing.close().catch(() => {}); // why it could not start says more
    throw error;
  }
}

/** An engine in this process: the same API without a socket. */
export interface DevEngine {
  readonly token: string;
  readonly fetch: typeof fetch;
  /** Ends what runs and lets go of everything. Idempotent. */
  close(): Promise<void>;
}

/** Opens the same engine as a server's for one who has nothing to protect: tasks run as this user. */
export async function openDev(options: {
  readonly dataDir: string;
  readonly workspace?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<DevEngine> {
  const settings = loadSettings({ dataDir: options.dataDir, flags: {}, env: options.env });
  const engine = await openEngine({
    ...engineOptions(settings),
    plugins: { configured: settings.plugins, runAs: "self" },
    ...(options.workspace === undefined ? {} : { workspace: options.workspace }),
    log: openServerLog({ format: "silent", level: "error" }),
  });
  const closing = new Closing();
  closing.add(() => engine.close());
  const api = openApi(engine.ports);
  closing.add(() => api.close());
  // an engine that cannot go on ends nothing any more
  closing.add(async () => void await Promise.race([engine.endRuns(), engine.failed]));
  return {
    token: engine.token,
    fetch: localFetch(api.app),
    close: () => closing.close(),
  };
}

/** Every setting with its value and where that came from. */
export function readSettings(options: ServerOptions): ReturnType<typeof describeSettings> {
  return describeSettings(loadSettings(options));
}

function engineOptions(settings: Settings): Omit<Parameters<typeof openEngine>[0], "log"> {
  return {
    dataDir: settings.data,
    version: packageVersion(),
    slots: settings.slots,
    plugins: { configured: settings.plugins },
    maxLogBytes: settings.maxLogBytes,
    retention: settings.retention,
  };
}
