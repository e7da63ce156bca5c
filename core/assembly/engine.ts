import { ErrandError } from "../../protocol/errors.ts";
import { LeaseLost } from "../kernel/journal.ts";
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
import { Closing } from "./closing.ts";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { engineJournal } from "./engine-journal.ts";
import { failpointStore } from "./failpoint-store.ts";
import { Logs } from "./logs.ts";
import { Pipelines } from "./pipelines.ts";
import { openPlugins, type PluginsOptions } from "./plugins.ts";
import { Runs } from "./runs.ts";
import { secretReader } from "./secrets.ts";
import type { ServerLog } from "./server-log.ts";
import { ensureAdminToken, Tokens } from "./tokens.ts";
import { Workspaces } from "./workspaces.ts";

/** How an engine is opened. */
export interface EngineOptions {
  readonly dataDir: string;
  readonly version: string;
  /** Attempts of one scheduler instance at once, at least 1. */
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
  /** Resolves with why when the engine cannot go on: it starts nothing more, and is to be closed. */
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
  const closing = new Closing();
  try {
    return await open(options, closing);
  } catch (error) {
    await closing.close().catch(() => {}); // why it could not be opened says more
    throw ErrandError.from(error);
  }
}

async function open(options: EngineOptions, closing: Closing): Promise<Engine> {
  const { log } = options;
  const warn: ApiPorts["warn"] = (message, fields) => log.write("warning", message, fields);
  const dir = openDataDir(options.dataDir);
  const store = await openStore({ path: dir.database });
  closing.add(() => store.close());

  const fatal = Promise.withResolvers<string>();
  const journal = new Journal({
    store: failpointStore(store.groups),
    firstGroup: store.lastGroup + 1,
    schedule: (flush) => void setImmediate(flush),
    later: systemClock.setTimer,
    nowMs: systemClock.nowMs,
    onFatal: (error) => fatal.resolve(error.message),
  });
  closing.add(async () => {
    await journal.drain();
    journal.stop();
  });

  const plugins = await openPlugins({
    ...options.plugins,
    dir,
    installation: store.installation,
    generation: store.epoch,
    kv: store.kv(journal),
    log,
  });
  closing.add(() => plugins.close());

  const pipelines = new Pipelines(store, journal);
  const runs = new Runs(store, pipelines);
  const logs = new Logs(dir.logs);
  let opened: OpenSupervisor | undefined;
  const workspaces = new Workspaces(dir.work, {
    clock: systemClock,
    isLive: (runId) => opened?.isLive(runId) ?? true,
    warn,
  });
  const schedulers: ReadonlyMap<string, OfferedScheduler> = new Map(
    plugins.schedulers.map((found) => [found.name, { ...found, slots: options.slots }]),
  );

  let released: Promise<void> | undefined;
  const release = () => opened ? released ??= opened.close() : Promise.resolve();
  const supervisor = opened = await openSupervisor({
    journal: engineJournal(journal, { hasEnded: () => journal.stopped, closed: release }),
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
    ended: () => {
      if (options.workspace === undefined) workspaces.ended();
    },
    chores: [
      { name: "the beat of the lease", everyMs: BEAT_MS, run: () => beat(store, journal) },
      {
        name: "retention",
        everyMs: SWEEP_MS,
        run: async (signal) => {
          const policy = { ...options.retention, groups: KEPT_GROUPS, nowMs: Date.now() };
          await store.sweep(policy, { signal, remove: (attempts) => logs.remove(attempts) });
        },
      },
    ],
    fault: (error) =>
      journal.fail(new Error(`a fault of errand's own: ${error.stack ?? error.message}`)),
    warn,
  });
  closing.add(() => workspaces.close());
  closing.add(release);
  // what goes wrong with that is thrown to who closes the engine
  void fatal.promise.then(release).catch(() => {});
  await workspaces.sweep();
  for (const { runId, message } of supervisor.recovered.poisoned) {
    warn("a run could not be read back and has failed", { run: runId, error: message });
  }

  const tokens = new Tokens(store, journal);
  const token = await ensureAdminToken(dir, store, tokens);
  let notReady: string | undefined;
  void fatal.promise.then((why) => notReady ??= why);
  const ports: ApiPorts = {
    supervisor,
    pipelines,
    checkPipeline: (pipeline, at) => checkSchedulers(pipeline, at, schedulers),
    runs,
    logs,
    events: eventReader(store),
    tokens,
    plugins: () => plugins.list(),
    server: {
      version: options.version,
      startedAtMs: Date.now(),
      notReady: () => notReady,
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
      notReady = "the server is shutting down";
      return closing.close();
    },
  };
}

/** Without the lease nothing more may be written or started: that ends the engine. */
async function beat(store: Store, journal: Journal): Promise<void> {
  try {
    await store.beat();
  } catch (error) {
    if (error instanceof LeaseLost) journal.fail(error);
    throw error;
  }
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
