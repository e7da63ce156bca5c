import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type AttemptRef,
  type AttemptSpec,
  describePlugin,
  type Host,
  type Plugin,
  PluginError,
  type Problem,
  type Scheduler,
  type WatchPage,
} from "../../../protocol/sdk/typescript/mod.ts";
import { writeOrder } from "./attempt-order.ts";
import { type AttemptRecord, handleOf, readAttempt, runningChange } from "./attempt-record.ts";
import { ChangeFeed, PAGE_BYTES } from "./change-feed.ts";
import { type ProcessConfig, readConfig } from "./config.ts";
import { closedFolder, prepareOutputs } from "./folder-access.ts";
import { type LogPage, type LogRequest, readLogFile } from "./frame-log.ts";
import { LauncherConnection } from "./launcher-connection.ts";
import { findLauncher, socketPathOf, startLauncher } from "./launcher-start.ts";
import { ANSWER, REQUEST, type WireReader, type WireWriter } from "./launcher-wire.ts";
import manifest from "./plugin.json" with { type: "json" };
import { type TaskUser, type TaskUsers, taskUsers } from "./task-user.ts";

/** What `configure` made. */
interface Ready {
  readonly connection: LauncherConnection;
  readonly users: TaskUsers;
  /** Why tasks cannot reach their folders; "" = they can. */
  readonly warning: string;
}

type Configuration = Parameters<Plugin["configure"]>[0];

/**
 * Runs tasks as processes of this machine. They belong to a small launcher that outlives the server,
 * so a server that is killed and started again finds them running, with complete logs and exit codes.
 */
export class ProcessScheduler implements Plugin, Scheduler {
  readonly #host: Host;
  readonly #feed = new ChangeFeed();
  #configured: string | undefined;
  #ready: Ready | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  info() {
    return Promise.resolve(describePlugin(manifest));
  }

  async configure(request: Configuration): Promise<{ problems: readonly Problem[] }> {
    const input = JSON.stringify(request);
    if (this.#configured === input) return { problems: [] };
    const read = readConfig(request.config);
    if ("problems" in read) return read;
    if (request.dataDir === "") return problem("", "a folder of its own is wanted, found none");
    try {
      this.#ready = await this.#prepare(request.dataDir, read.config);
    } catch (error) {
      return problem("", error instanceof Error ? error.message : String(error));
    }
    this.#configured = input;
    return { problems: [] };
  }

  health() {
    const trouble = this.#ready ? this.#ready.connection.trouble : "it is not configured";
    if (trouble !== "") return Promise.resolve({ state: "down" as const, message: trouble });
    const { warning } = this.#usable();
    const state = warning === "" ? "ready" as const : "degraded" as const;
    return Promise.resolve({ state, message: warning });
  }

  async shutdown(graceMs: number) {
    await this.#ready?.connection.close(graceMs);
    this.#feed.wake();
  }

  start(spec: AttemptSpec, signal: AbortSignal): Promise<{ readonly handle: string }> {
    const { connection, users } = this.#usable();
    const { attemptId } = spec;
    return connection.request(spec.epoch, {
      write: (to) => writeOrder(to, spec, users),
      read: (answer) => this.#started(attemptId, answer),
    }, signal);
  }

  stop(attempt: AttemptRef, graceMs: number, signal: AbortSignal): Promise<void> {
    const { attemptId, epoch } = attempt;
    const write = (to: WireWriter) => {
      to.beginFrame(REQUEST.stop);
      to.text(attemptId);
      to.f64(graceMs);
      to.endFrame();
    };
    return this.#usable().connection.request(epoch, { write, read: done }, signal).then(() => {});
  }

  remove(attempt: AttemptRef, signal: AbortSignal): Promise<void> {
    const { attemptId, epoch } = attempt;
    const write = (to: WireWriter) => writeName(to, REQUEST.remove, attemptId);
    const read = () => {
      this.#feed.forget(attemptId);
      return true;
    };
    return this.#usable().connection.request(epoch, { write, read }, signal).then(() => {});
  }

  async watch(
    request: {
      readonly cursor: string;
      readonly maxChanges: number;
      readonly waitMs: number;
      readonly epoch: number;
    },
    signal: AbortSignal,
  ): Promise<WatchPage> {
    await this.#usable().connection.open(request.epoch);
    const [generation = "", at = "", listed] = request.cursor.split("/");
    const known = generation === this.#feed.generation && /^\d{1,15}$/.test(at);
    if (known && listed !== undefined) {
      return await this.#list(request, Number(at), Number(listed), signal);
    }
    const page = known ? this.#feed.after(Number(at), request.maxChanges) : undefined;
    if (!page) return await this.#list(request, this.#feed.seq, 0, signal);
    if (page.changes.length > 0 || request.waitMs <= 0) return page;
    await this.#feed.wait(request.waitMs, signal);
    if (generation !== this.#feed.generation) return { ...page, cursor: "" };
    return this.#feed.after(Number(at), request.maxChanges) ?? { ...page, cursor: "" };
  }

  async readLog(attempt: AttemptRef, request: LogRequest, signal: AbortSignal): Promise<LogPage> {
    const { connection } = this.#usable();
    const find = async () => {
      const found = await connection.request<AttemptRecord | "unknown">(attempt.epoch, {
        write: (to) => writeName(to, REQUEST.find, attempt.attemptId),
        read: (answer) => answer.op === ANSWER.unknown ? "unknown" : readAttempt(answer),
      }, signal);
      if (found !== "unknown") {
        return { path: found.logFile, ended: found.change.state === "exited" };
      }
      throw new PluginError("not_found", `no attempt ${attempt.attemptId} is known here`);
    };
    return await readLogFile(find, request, signal);
  }

  #usable(): Ready {
    if (this.#ready) return this.#ready;
    throw new PluginError("unavailable", "the scheduler is not configured");
  }

  async #prepare(folder: string, config: ProcessConfig): Promise<Ready> {
    const users = await taskUsers(config.runAs);
    const command = await findLauncher(config.launcher);
    const open = users.switched;
    await mkdir(folder, { recursive: true, mode: open ? 0o711 : 0o700 });
    await chmod(folder, open ? 0o711 : 0o700);
    await prepareOutputs(join(folder, "out"), users);
    const socketPath = await socketPathOf(folder);
    const at = { folder, socketPath, idleMs: config.idleMs };
    const connection = new LauncherConnection({
      socketPath,
      launch: () => startLauncher(command, at),
      up: (generation) => this.#feed.reset(generation),
      down: () => this.#feed.reset(""),
      told: (frame) => this.#feed.put(readAttempt(frame).change),
      settled: () => this.#feed.wake(),
    });
    const closed = open ? await closedFolder(folder, users.shared) : "";
    const warning = closed === "" ? "" : closedWarning(closed, users.shared);
    if (command.kind === "fallback" && config.launcher === undefined) {
      await this.#warn("there is no native launcher for this machine: starts are slower");
    }
    if (warning !== "") await this.#warn(warning);
    return { connection, users, warning };
  }

  #warn(message: string): Promise<void> {
    return this.#host.log([{ level: "warning", message, fields: "{}" }]);
  }

  #started(attemptId: string, answer: WireReader): { readonly handle: string } {
    if (answer.op === ANSWER.notStarted) throw refusal(answer);
    const runs = answer.u8() === 1;
    const pid = answer.u32();
    if (runs) this.#feed.put(runningChange(attemptId, pid));
    return { handle: handleOf(pid) };
  }

  async #list(
    request: { readonly maxChanges: number; readonly epoch: number },
    seq: number,
    after: number,
    signal: AbortSignal,
  ): Promise<WatchPage> {
    const changes: WatchPage["changes"][number][] = [];
    const { generation } = this.#feed;
    const end = await this.#usable().connection.request(request.epoch, {
      write(to) {
        to.beginFrame(REQUEST.list);
        to.f64(after);
        to.u32(request.maxChanges);
        to.u32(PAGE_BYTES);
        to.endFrame();
      },
      read(answer) {
        if (answer.op === ANSWER.pageEnd) {
          return { after: answer.f64(), complete: answer.u8() === 1 };
        }
        changes.push(readAttempt(answer).change);
        return undefined;
      },
    }, signal);
    const cursor = `${generation}/${seq}`;
    return end.complete
      ? { changes, cursor, listing: "complete", retryAfterMs: 0 }
      : { changes, cursor: `${cursor}/${end.after}`, listing: "more", retryAfterMs: 0 };
  }
}

function closedWarning(folder: string, user: TaskUser | undefined): string {
  const whom = user ? `uid ${user.uid}` : "uids of their runs' own";
  return `tasks run as ${whom}, which may not enter "${folder}": open it (chmod o+x), or ` +
    "move the data directory";
}

function done(): boolean {
  return true;
}

function writeName(to: WireWriter, op: number, attemptId: string): void {
  to.beginFrame(op);
  to.text(attemptId);
  to.endFrame();
}

/** A start that was refused, in the launcher's own words. */
function refusal(answer: WireReader): PluginError {
  const code = answer.text();
  const known = ["fenced", "full", "exhausted", "unavailable", "invalid"] as const;
  const found = known.find((it) => it === code) ?? "internal";
  return new PluginError(found, answer.text());
}

function problem(path: string, message: string) {
  return { problems: [{ path, message }] };
}
