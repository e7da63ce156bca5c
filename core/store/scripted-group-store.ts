import { ErrandError } from "../../protocol/errors.ts";
import {
  type Cell,
  GroupRefused,
  type GroupStore,
  type JournalGroup,
  LeaseLost,
} from "../kernel/journal.ts";
import { Journal } from "./journal.ts";

/** How a commit goes; `unknown` ones throw, having arrived or not. */
export type Outcome =
  | "sync"
  | "ok"
  | "full"
  | "lost"
  | "unknown_arrived"
  | "unknown_gone"
  /** Arrives, but only after it was asked for: the repeat then meets its own group. */
  | "unknown_late";

/** For tests of the journal: a store in memory whose commits go as told, and time that is moved by hand. */
export class ScriptedGroupStore implements GroupStore {
  readonly table = new Map<string, readonly Cell[]>();
  readonly groups: JournalGroup[] = [];
  /** Groups that were offered, refused ones included. */
  readonly offered: JournalGroup[] = [];
  /** Owners (a row's first cell) whose rows a constraint refuses. */
  readonly poisoned = new Set<Cell>();
  readonly fatal: Error[] = [];
  readonly script: Outcome[] = [];
  nowMs = 0;
  #late: JournalGroup | undefined;
  readonly #soon: (() => void)[] = [];
  readonly #timers: { readonly at: number; readonly fire: () => void }[] = [];

  /** A journal over this store. */
  journal(): Journal {
    return new Journal({
      store: this,
      firstGroup: 1,
      schedule: (flush) => void this.#soon.push(flush),
      later: (ms, flush) => {
        const timer = { at: this.nowMs + ms, fire: flush };
        this.#timers.push(timer);
        return () => {
          const at = this.#timers.indexOf(timer);
          if (at >= 0) this.#timers.splice(at, 1);
        };
      },
      nowMs: () => this.nowMs,
      onFatal: (error) => void this.fatal.push(error),
    });
  }

  commit(group: JournalGroup): Promise<void> | void {
    this.offered.push(group);
    const outcome = this.script.shift() ?? "ok";
    if (outcome === "sync") return this.#write(group);
    return this.#reply(() => {
      if (outcome === "ok") return this.#write(group);
      if (outcome === "full") throw new ErrandError("full", "no space");
      if (outcome === "lost") throw new LeaseLost("over");
      if (outcome === "unknown_arrived") this.#write(group);
      if (outcome === "unknown_late") this.#late = group;
      throw new Error("the connection broke");
    });
  }

  hasGroup(number: number): Promise<boolean> {
    return this.#reply(() => {
      const has = this.groups.some((group) => group.number === number);
      if (this.#late) this.#write(this.#late);
      this.#late = undefined;
      return has;
    });
  }

  /** What is due now. False = there was nothing. */
  async turn(): Promise<boolean> {
    const next = this.#soon.shift();
    next?.();
    for (let i = 0; i < 8; i++) await Promise.resolve();
    return next !== undefined;
  }

  /** Lets everything happen that happens without time. */
  async settle(): Promise<void> {
    while (await this.turn());
  }

  /** Moves time on; timers that are due fire in order. */
  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    for (;;) {
      await this.settle();
      const due = this.#timers.findIndex((timer) => timer.at <= this.nowMs);
      if (due < 0) return;
      this.#timers.splice(due, 1)[0]!.fire();
    }
  }

  #reply<T>(happen: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#soon.push(() => {
        try {
          resolve(happen());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #write(group: JournalGroup): void {
    if (this.groups.some((known) => known.number === group.number)) {
      throw new GroupRefused("the group is there already");
    }
    const bad = group.rows.find((row) => this.poisoned.has(row.cells[0]!));
    if (bad) throw new GroupRefused(`row ${bad.key} is refused`);
    for (const row of group.rows) {
      if (row.remove) this.table.delete(row.key);
      else this.table.set(row.key, row.cells);
    }
    this.groups.push(group);
  }
}
