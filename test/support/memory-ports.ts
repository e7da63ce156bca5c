import { ErrandError } from "../../protocol/errors.ts";
import type { Role } from "../../protocol/http/mod.ts";
import { type ApiPorts, createToken, type LogPiece } from "../../core/http/mod.ts";
import type { StoredPipeline, StoredToken } from "../../core/http/mod.ts";
import { type Attempt, createRun, isTerminal, type Run, type Task } from "../../core/run/mod.ts";
import type { PublicEvent } from "../../core/supervisor/mod.ts";

/** What the API works with, in memory, and the handles by which a test moves it. */
export class MemoryPorts {
  nowMs = Date.UTC(2026, 0, 1);
  notReady: string | undefined;
  /** Thrown by the next lists of runs. */
  fault: Error | undefined;
  readonly runs = new Map<number, Run>();
  readonly versions: StoredPipeline[] = [];
  readonly removed = new Set<string>();
  readonly warnings: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  readonly used: string[] = [];
  readonly cancels: { runId: number; force: boolean; by: string }[] = [];
  prunedTo = 0;
  readonly events: PublicEvent[] = [];
  /** How many events were read back. */
  reads = 0;
  readonly listeners = new Set<(events: readonly PublicEvent[]) => void>();
  readonly #tokens = new Map<string, StoredToken>();
  readonly #keys = new Map<string, { bodyHash: string; runId: number; number: number }>();
  readonly #logs = new Map<string, { pieces: LogPiece[]; wakes: Set<() => void> }>();
  #lastId = 1_000;

  /** Adds a token; answers its text. */
  token(role: Role, facts: Partial<StoredToken> = {}): string {
    const { text, prefix, sha256 } = createToken();
    this.#tokens.set(prefix, { id: prefix, name: role, sha256, role, namespaces: "*", ...facts });
    return text;
  }

  /** Puts a run in another state, and says so to those who follow. */
  put(run: Run, events: readonly Partial<PublicEvent>[] = [{}]): Run {
    this.runs.set(run.id, run);
    this.publish(events.map((event) => ({
      type: "run",
      namespace: run.namespace,
      runId: String(run.id),
      pipeline: run.pipeline,
      number: run.number,
      state: run.state,
      ...event,
    })));
    return run;
  }

  /** Puts a task of a run in another state, with its own event. */
  putTask(run: Run, index: number, task: Task): Run {
    const tasks = run.tasks.map((old, i) => i === index ? task : old);
    const name = run.definition.tasks[index]!.name;
    const { state, attempts } = task;
    return this.put({ ...run, tasks }, [{
      type: "task",
      task: name,
      attempt: attempts.length,
      state,
    }]);
  }

  publish(events: readonly Partial<PublicEvent>[]): void {
    const stored = events.map((event) => {
      const id = (this.events.at(-1)?.id ?? 65_536) + 7;
      const full = { id, at: new Date(this.nowMs).toISOString(), ...event } as PublicEvent;
      this.events.push(full);
      return full;
    });
    for (const listener of this.listeners) listener(stored);
  }

  appendLog(attemptId: string, stream: number, bytes: string | Uint8Array): void {
    const log = this.#log(attemptId);
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const end = (log.pieces.at(-1)?.end ?? 0) + 13 + data.length;
    log.pieces.push({ stream, atMs: this.nowMs, bytes: data, end });
    for (const wake of log.wakes) wake();
  }

  /** Those who wait for a log to grow. */
  waiting(attemptId: string): number {
    return this.#log(attemptId).wakes.size;
  }

  ports(): ApiPorts {
    return {
      nowMs: () => this.nowMs,
      warn: (message, fields) => void this.warnings.push({ message, fields }),
      plugins: () => [],
      checkPipeline: () => [],
      server: {
        version: "1.2.3",
        startedAtMs: this.nowMs - 5_000,
        notReady: () => this.notReady,
      },
      tokens: {
        find: (prefix) => this.#tokens.get(prefix),
        used: (id) => void this.used.push(id),
      },
      pipelines: this.#pipelines(),
      supervisor: this.#supervisor(),
      runs: {
        get: (namespace, id) => {
          const run = this.runs.get(id);
          return run?.namespace === namespace ? run : undefined;
        },
        list: ({ namespace, pipeline, state, before, limit }) => {
          if (this.fault) throw this.fault;
          return [...this.runs.values()].filter((run) =>
            run.namespace === namespace && run.id < before &&
            (pipeline === undefined || run.pipeline === pipeline) &&
            (state === undefined || run.state === state)
          ).sort((a, b) => b.id - a.id).slice(0, limit);
        },
        idOf: (namespace, pipeline, number) =>
          [...this.runs.values()].find((run) =>
            run.namespace === namespace && run.pipeline === pipeline && run.number === number
          )?.id,
      },
      logs: {
        read: (id, { offset, maxBytes }) => {
          let bytes = 0;
          return this.#log(id).pieces.filter((piece) => {
            if (piece.end <= offset || (bytes > 0 && bytes >= maxBytes)) return false;
            bytes += piece.bytes.length;
            return true;
          });
        },
        grown: (id, offset, signal) => {
          const { pieces, wakes } = this.#log(id);
          return new Promise((resolve) => {
            const done = () => {
              wakes.delete(done);
              resolve();
            };
            wakes.add(done);
            signal.addEventListener("abort", done, { once: true });
            if (signal.aborted || (pieces.at(-1)?.end ?? 0) > offset) done();
          });
        },
      },
      events: {
        bounds: () => ({ prunedTo: this.prunedTo, last: this.events.at(-1)?.id ?? 0 }),
        read: ({ after, limit }) => {
          this.reads++;
          return this.events.filter(({ id }) => id > after && id > this.prunedTo).slice(0, limit);
        },
      },
    };
  }

  #log(attemptId: string) {
    let log = this.#logs.get(attemptId);
    if (!log) this.#logs.set(attemptId, log = { pieces: [], wakes: new Set() });
    return log;
  }

  #pipelines(): ApiPorts["pipelines"] {
    const of = (namespace: string, name: string) =>
      this.versions.filter((one) => one.namespace === namespace && one.name === name);
    const live = (namespace: string, name: string) =>
      this.removed.has(`${namespace}/${name}`) ? undefined : of(namespace, name).at(-1);
    return {
      live,
      version: (namespace, name, version) =>
        of(namespace, name).find((one) => one.version === version),
      list: ({ namespace, after, limit }) =>
        [...new Set(this.versions.map(({ name }) => name))].sort()
          .filter((name) => name > after)
          .flatMap((name) => live(namespace, name) ?? [])
          .slice(0, limit),
      versions: ({ namespace, name, before, limit }) =>
        of(namespace, name).filter(({ version }) => version < before).reverse().slice(0, limit),
      put: ({ namespace, definition, hash, by }) => {
        const { name } = definition;
        const version = of(namespace, name).length + 1;
        const times = { createdAtMs: this.nowMs, createdBy: by };
        this.versions.push({ namespace, name, version, hash, definition, ...times });
        this.removed.delete(`${namespace}/${name}`);
        return Promise.resolve({ version, changed: true });
      },
      remove: ({ namespace, name }) => void this.removed.add(`${namespace}/${name}`),
    };
  }

  #supervisor(): ApiPorts["supervisor"] {
    return {
      submit: ({ idempotency, ...request }) => {
        const key = idempotency && this.#keys.get(`${request.namespace}/${idempotency.key}`);
        if (key && key.bodyHash === idempotency.bodyHash) return Promise.resolve(key);
        if (key) return Promise.reject(new ErrandError("conflict", "that key had another body"));
        const number =
          [...this.runs.values()].filter((run) =>
            run.namespace === request.namespace && run.pipeline === request.pipeline
          ).length + 1;
        const id = ++this.#lastId;
        const { run } = createRun({ ...request, id, number, createdAtMs: this.nowMs });
        this.put(run);
        const answer = { runId: id, number };
        if (idempotency) {
          const entry = { ...answer, bodyHash: idempotency.bodyHash };
          this.#keys.set(`${request.namespace}/${idempotency.key}`, entry);
        }
        return Promise.resolve(answer);
      },
      cancel: ({ runId, force, by }) => {
        this.cancels.push({ runId, force, by });
        const run = this.runs.get(runId)!;
        return Promise.resolve({ changed: !isTerminal(run.state) });
      },
      subscribe: (listener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
      status: () => ({
        queuedRuns: 1,
        runningRuns: 2,
        schedulers: [{
          instance: "process",
          slots: 2,
          busy: 2,
          state: "ready",
          message: "",
        }],
      }),
    };
  }
}

/** An attempt as a test needs it: running, or ended when `finishedAtMs` is given. */
export function attempt(n: number, facts: Partial<Attempt> = {}): Attempt {
  const state = facts.finishedAtMs === undefined ? "running" : "succeeded";
  return { n, state, handle: "", queuedAtMs: 1, startingAtMs: 2, runningAtMs: 3, ...facts };
}
