import { availableParallelism } from "node:os";
import { ErrandError } from "../../protocol/errors.ts";
import type { ApiPorts } from "../http/mod.ts";
import { EVENTS_PER_GROUP, idempotencyRow, Journal, openStore, type Store } from "../store/mod.ts";
import {
  attemptPreparer,
  type OpenSupervisor,
  openSupervisor,
  parsePublicEvent,
  type PublicEvent,
  systemClock,
} from "../supervisor/mod.ts";
import { checkSchedulers, type OfferedScheduler } from "./check-pipeline.ts";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { failpointStore } from "./failpoint-store.ts";
import { Logs } from "./logs.ts";
import { Pipelines } from "./pipelines.ts";
import { openPlugins, type PluginInstances, type PluginsOptions } from "./plugins.ts";
import { Runs } from "./runs.ts";
import { secretReader } from "./secrets.ts";
import type { ServerLog } from "./server-log.ts";
import { ensureAdminToken, Tokens } from "./tokens.ts";
import { Workspaces } from "./workspaces.ts";

/** How an engine is opened. */
export interface EngineOptions {
  readonly dataDir: string;
  readonly version: string;
  /** Attempts of one scheduler instance at once; 0 = as many as cores. */
  readonly slots: number;
  readonly plugins: Pick<PluginsOptions, "configured" | "runAs">;
  readonly maxLogBytes: number;
  readonly retention: { readonly runs: number; readonly ageMs: number };
  /** Every run works in this folder, which stays; default: a workspace of its own, which goes. */
  readonly workspace?: string;
  readonly log: ServerLog;
}

/** Everything of a server but its listener. */
export interface Engine {
  readonly dir: DataDir;
  readonly ports: ApiPorts;
  readonly supervisor: OpenSupervisor;
  /** The text of the admin token. */
  readonly token: string;
  /** What an operator should know, a sentence each. */
  readonly warnings: readonly string[];
  /** Resolves with why when the engine cannot go on. */
  readonly failed: Promise<string>;
  /** Ends every run by force. */
  endRuns(): Promise<void>;
  /** Lets go of everything in reverse; attempts that run go on. Idempotent. */
  close(): Promise<void>;
}

/** What every task finds programs in. */
const TASK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const BEAT_MS = 2_000;
const SWEEP_MS = 60_000;
/** Commits whose events followers may still ask for. */
const KEPT_GROUPS = 100_000;

/** Opens state, plugins and supervisor, in this order, over one data directory. @throws {ErrandError} */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    return await open(options, { closers, close });
  } catch (error) {
    await close();
    throw ErrandError.from(error);
  }
}

async function open(
  options: EngineOptions,
  scope: { readonly closers: (() => Promise<void> | void)[]; readonly close: () => Promise<void> },
): Promise<Engine> {
  const { closers } = scope;
  const { log } = options;
  const warn: ApiPorts["warn"] = (message, fields) => log.write("warning", message, fields);
  const dir = openDataDir(options.dataDir);
  const store = await openStore({ path: dir.database });
  closers.push(() => store.close());

  const fatal = Promise.withResolvers<string>();
  const journal = new Journal({
    store: failpointStore(store.groups),
    firstGroup: store.lastGroup + 1,
    schedule: (flush) => void setImmediate(flush),
    later: systemClock.setTimer,
    nowMs: systemClock.nowMs,
    onFatal: (error) => fatal.resolve(error.message),
  });
  closers.push(() => journal.drain());

  const plugins = await openPlugins({
    ...options.plugins,
    dir,
    installation: store.installation,
    generation: store.epoch,
    kv: store.kv(journal),
    log,
  });
  closers.push(() => plugins.close());

  const pipelines = new Pipelines(store, journal);
  const runs = new Runs(store, pipelines);
  const logs = new Logs(dir.logs);
  const workspaces = new Workspaces(dir.work, warn);
  const schedulers = offered(plugins, options.slots);

  const supervisor = await openSupervisor({
    journal,
    clock: systemClock,
    schedulers: [...schedulers.values()],
    epoch: store.epoch,
    preparer: attemptPreparer({
      epoch: store.epoch,
      secrets: secretReader(plugins.secretStores),
      logFile: (attemptId) => logs.prepare(attemptId),
      workspace: (runId) => options.workspace ?? workspaces.path(runId),
      maxLogBytes: options.maxLogBytes,
      path: TASK_PATH,
    }),
    source: runs,
    lastRunId: await store.runs.lastId(),
    lastNumbers: await store.runs.lastNumbers(),
    idempotencyRow,
    findIdempotent: (namespace, key) => store.findIdempotent(namespace, key),
    exists: (namespace, runId) => store.runs.exists(namespace, runId),
    subscribe: (listener) => subscribe(journal, listener),
    ended: (run) => {
      if (options.workspace === undefined) workspaces.remove(run.id);
    },
    chores: [
      { name: "the beat of the lease", everyMs: BEAT_MS, run: () => store.beat() },
      {
        name: "retention",
        everyMs: SWEEP_MS,
        run: async (signal) => {
          const policy = { ...options.retention, groups: KEPT_GROUPS, nowMs: Date.now() };
          await store.sweep(policy, { signal, remove: (attempts) => logs.remove(attempts) });
        },
      },
    ],
    fault: (error) => fatal.resolve(`a fault of errand's own: ${error.stack ?? error.message}`),
    warn,
  });
  closers.push(() => workspaces.settled());
  closers.push(() => supervisor.close());
  await workspaces.sweep((runId) => supervisor.isLive(runId));
  for (const { runId, message } of supervisor.recovered.poisoned) {
    warn("a run could not be read back and has failed", { run: runId, error: message });
  }

  const token = await ensureAdminToken(dir, store, journal);
  let closing = false;
  const ports: ApiPorts = {
    supervisor,
    pipelines,
    checkPipeline: (pipeline, at) => checkSchedulers(pipeline, at, schedulers),
    runs,
    logs,
    events: eventReader(store),
    tokens: new Tokens(store),
    plugins: () => plugins.list(),
    server: {
      version: options.version,
      startedAtMs: Date.now(),
      notReady: () => closing ? "the server is shutting down" : undefined,
    },
    nowMs: systemClock.nowMs,
    warn,
  };
  return {
    dir,
    ports,
    supervisor,
    token,
    warnings: plugins.warnings,
    failed: fatal.promise,
    endRuns: () => supervisor.endRuns("user:dev"),
    close: () => {
      closing = true;
      return scope.close();
    },
  };
}

function offered(
  plugins: PluginInstances,
  slots: number,
): ReadonlyMap<string, OfferedScheduler> {
  return new Map(plugins.schedulers.map((found) => [found.name, {
    ...found,
    slots: slots > 0 ? slots : availableParallelism(),
  }]));
}

function subscribe(
  journal: Journal,
  listener: (events: readonly PublicEvent[]) => void,
): () => void {
  return journal.onCommit(({ number, events }) => {
    if (events.length === 0) return;
    const first = number * EVENTS_PER_GROUP;
    listener(events.map((text, i) => parsePublicEvent(first + i, text)));
  });
}

function eventReader(store: Store): ApiPorts["events"] {
  return {
    bounds: () => store.events.bounds(),
    read: async (query) =>
      (await store.events.read(query)).map(({ id, text }) => parsePublicEvent(id, text)),
  };
}
