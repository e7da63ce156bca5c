import { ErrandError } from "../../protocol/errors.ts";
import { failpoint } from "../kernel/failpoint.ts";
import { changedRows, type Command } from "../run/mod.ts";
import type { LiveRun } from "./live-run.ts";
import type { EnginePorts } from "./ports.ts";
import { publicEvents } from "./public-events.ts";

const SOFT_MS = 50;
const FULL_RETRY_MS = 1_000;

/** What the writer tells the engine. */
export interface WriterHost {
  /** What these commands waited for is durable. */
  stored(live: LiveRun, commands: readonly Command[]): void;
  /** A run that nobody was told of could not be stored. */
  neverStored(live: LiveRun): void;
  /** The rows of a run were refused for good. */
  refused(live: LiveRun, error: Error): void;
  /** Runs something as one turn, at whose end the writer flushes. */
  turn(body: () => void): void;
}

/** Brings changed runs to the journal: those of one turn together, soft changes within 50 ms. */
export class RunWriter {
  readonly #ports: Pick<EnginePorts, "journal" | "clock">;
  readonly #host: WriterHost;
  readonly #touched = new Set<LiveRun>();
  readonly #soft = new Set<LiveRun>();
  #softTimer = false;
  #closed = false;

  constructor(ports: Pick<EnginePorts, "journal" | "clock">, host: WriterHost) {
    this.#ports = ports;
    this.#host = host;
  }

  /** It goes to the journal at the end of this turn. */
  touch(live: LiveRun): void {
    this.#touched.add(live);
  }

  /** It may wait for the next commit of its own, or 50 ms. */
  soften(live: LiveRun): void {
    this.#soft.add(live);
    if (this.#softTimer) return;
    this.#softTimer = true;
    this.#ports.clock.setTimer(SOFT_MS, () => {
      this.#softTimer = false;
      if (this.#closed) return;
      this.#host.turn(() => {
        for (const soft of this.#soft) if (soft.run !== soft.stored) this.touch(soft);
        this.#soft.clear();
      });
    });
  }

  /** The end of a turn. */
  flush(): void {
    for (const live of this.#touched) this.#put(live);
    this.#touched.clear();
  }

  forget(live: LiveRun): void {
    this.#touched.delete(live);
    this.#soft.delete(live);
  }

  close(): void {
    this.#closed = true;
  }

  #put(live: LiveRun): void {
    const { run, stored, parked, rollbacks } = live;
    const commands = [...parked?.commands ?? [], ...live.commands];
    const waiting = [...parked?.waiting ?? [], ...live.waiting];
    live.stored = run;
    live.commands = [];
    live.waiting = [];
    live.parked = undefined;
    this.#soft.delete(live);
    this.#ports.journal.put({
      owner: String(run.id),
      rows: changedRows(stored, run),
      events: publicEvents(stored, run, this.#ports.clock.nowMs()),
      durable: () => {
        live.durable = run;
        for (const { done } of waiting) done();
        if (waiting.length > 0) failpoint("acknowledged");
        if (!this.#closed) this.#host.stored(live, commands);
      },
      refused: (error) => {
        if (live.rollbacks === rollbacks) this.#refused(live, { error, commands, waiting });
        else for (const { failed } of waiting) failed(error);
      },
    });
  }

  #refused(
    live: LiveRun,
    put: Pick<LiveRun, "commands" | "waiting"> & { readonly error: Error },
  ): void {
    const { error } = put;
    live.stored = live.durable;
    const full = error instanceof ErrandError && error.code === "full";
    if (full && live.durable !== undefined) {
      const retrying = live.parked !== undefined;
      live.parked = {
        commands: [...live.parked?.commands ?? [], ...put.commands],
        waiting: [...live.parked?.waiting ?? [], ...put.waiting],
      };
      if (retrying) return;
      this.#ports.clock.setTimer(FULL_RETRY_MS, () => {
        if (!this.#closed && live.parked) this.#host.turn(() => this.touch(live));
      });
      return;
    }
    if (live.durable === undefined) this.#host.neverStored(live);
    for (const { failed } of put.waiting) failed(error);
    if (live.durable !== undefined) this.#host.refused(live, error);
  }
}
