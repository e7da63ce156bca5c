import { PluginError } from "../../protocol/errors.ts";
import type { GroupStore } from "../../core/kernel/journal.ts";
import type { Scheduler } from "../../core/kernel/scheduler.ts";
import { Journal } from "../../core/store/journal.ts";
import { recoverRuns } from "../../core/supervisor/recovery.ts";
import { type Machine, RunEngine } from "../../core/supervisor/run-engine.ts";
import { SchedulerWatch } from "../../core/supervisor/scheduler-watch.ts";
import { attemptSpecOf } from "../support/definitions.ts";
import { attemptId } from "../../core/run/mod.ts";
import type { SimBackend, World } from "./sim-backend.ts";

/** What one server of a simulation is made of. */
export interface SimServerOptions {
  readonly backend: SimBackend;
  readonly slots: number;
  /** The wall clock's distance from simulated time: it may jump between servers. */
  readonly skewMs: number;
  /** Ports until it dies; 0 = it does not. */
  readonly fuse: number;
  readonly machine?: Machine;
  /** Breaks the journal's promise: calls back before the commit. */
  readonly hasty?: boolean;
  /** Called when it dies. */
  readonly died: () => void;
}

/** One incarnation: the real engine, journal and recovery over simulated ports. Dead, nothing it does has an effect. */
export class SimServer {
  dead = false;
  /** True once it has read back what an earlier one left. */
  recovered = false;
  readonly engine: RunEngine;
  readonly #world: World;
  readonly #options: SimServerOptions;
  readonly #journal: Journal;
  readonly #epoch: number;
  #fuse: number;

  constructor(world: World, options: SimServerOptions) {
    this.#world = world;
    this.#options = options;
    this.#fuse = options.fuse;
    this.#epoch = ++world.store.epoch;
    const { random, store } = world;
    this.#journal = new Journal({
      store: this.#groupStore(store.as(this.#epoch)),
      firstGroup: store.lastGroup + 1,
      schedule: (flush) => this.#later(0, flush),
      later: (ms, flush) => this.#later(ms, flush),
      nowMs: () => this.nowMs,
      onFatal: () => this.die(),
    });
    const journal = options.hasty
      ? {
        put: (entry: Parameters<Journal["put"]>[0]) => {
          const { durable, ...rest } = entry;
          this.#journal.put(rest);
          if (durable) queueMicrotask(durable);
        },
      }
      : this.#journal;
    this.engine = new RunEngine({
      journal,
      clock: {
        nowMs: () => this.nowMs,
        setTimer: (ms, fire) => this.#later(ms, fire),
        random: () => random.next(),
      },
      schedulers: [{
        name: "sim",
        scheduler: this.#scheduler(),
        traits: TRAITS,
        slots: options.slots,
      }],
      epoch: this.#epoch,
      preparer: {
        prepare: (run, at) => ({
          secretValues: [],
          spec: attemptSpecOf({ attemptId: attemptId(run.id, at.task, at.n), epoch: this.#epoch }),
        }),
      },
      lastRunId: store.lastRunId,
      lastNumbers: new Map([["default/p", store.lastNumber]]),
      idempotencyRow: () => {
        throw new Error("no keys in here");
      },
      fault: (error) => {
        throw error;
      },
      warn: () => {},
    }, options.machine);
    void this.#run();
  }

  get nowMs(): number {
    return this.#world.timeline.now + this.#options.skewMs;
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.#options.died();
  }

  async #run(): Promise<void> {
    this.#point();
    await recoverRuns(this.engine, this.#world.store, {
      journal: this.#journal,
      nowMs: this.nowMs,
    });
    this.recovered = true;
    const watch = new SchedulerWatch(this.engine, this.engine.drivers.get("sim")!, {
      epoch: this.#epoch,
      waitMs: 0,
    });
    const signal = new AbortController().signal;
    while (!this.dead) {
      try {
        watch.take(await watch.ask(signal));
      } catch {
        watch.restart();
        await this.#after(5, () => {});
      }
    }
  }

  /** A place where the process may die: before and after everything that others can see. */
  #point(): void {
    if (this.#fuse > 0 && --this.#fuse === 0) this.die();
  }

  #later(ms: number, happen: () => void): () => void {
    return this.#world.timeline.in(ms, () => {
      if (this.dead) return;
      this.#point();
      if (!this.dead) happen();
    });
  }

  /** Something that takes `ms` and happens elsewhere: it happens even when this server dies meanwhile. */
  #after<T>(ms: number, happen: () => T, replyMs = 0): Promise<T> {
    if (this.dead) return new Promise(() => {});
    const { timeline } = this.#world;
    return new Promise((resolve, reject) => {
      timeline.in(ms, () => {
        const reply = (settle: () => void) =>
          timeline.in(replyMs, () => {
            if (this.dead) return;
            this.#point();
            if (!this.dead) settle();
          });
        try {
          const answer = happen();
          reply(() => resolve(answer));
        } catch (error) {
          reply(() => reject(error as Error));
        }
      });
      this.#point();
    });
  }

  #longPoll(cursor: string): Promise<void> {
    return new Promise((resolve) =>
      this.#options.backend.whenChanged(cursor, LONGEST_POLL_MS, () => {
        if (!this.dead) resolve();
      })
    );
  }

  #groupStore(store: GroupStore): GroupStore {
    const { random } = this.#world;
    return {
      commit: (group) => {
        const unknown = random.chance(0.01);
        const arrives = !unknown || random.chance(0.5);
        return this.#after(random.int(4), () => {
          if (arrives) void store.commit(group);
          if (unknown) throw new Error("the connection broke");
        });
      },
      hasGroup: (number) => this.#after(1, () => store.hasGroup(number)).then((has) => has),
    };
  }

  #scheduler(): Scheduler {
    const { random } = this.#world;
    const { backend } = this.#options;
    const call = <T>(happen: () => T): Promise<T> =>
      this.#after(random.int(5), () => {
        if (random.chance(0.02)) throw new PluginError("unavailable", "not now");
        const answer = happen();
        if (random.chance(0.02)) throw new PluginError("unavailable", "the reply was lost");
        return answer;
      }, random.int(4));
    return {
      start: (spec) => call(() => backend.start(spec)),
      stop: (ref, graceMs) => call(() => backend.stop(ref, graceMs)),
      remove: (ref) => call(() => backend.remove(ref)),
      watch: (request) =>
        this.#longPoll(request.cursor).then(() => call(() => backend.watch(request))),
      readLog: () => Promise.resolve({ chunks: [], end: true, gap: false }),
    };
  }
}

const LONGEST_POLL_MS = 500;

const TRAITS = {
  kinds: ["process"],
  reach: "node",
  workspace: true,
  api: false,
  exec: false,
  fence: "backend",
  logs: "frames",
  secrets: [],
  stop: "graceful",
  maxOutputBytes: 1,
  maxEnvBytes: 1,
  maxRunMs: 0,
} as const;
