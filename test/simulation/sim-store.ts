import {
  type Cell,
  GroupRefused,
  type GroupStore,
  type JournalGroup,
  LeaseLost,
} from "../../core/kernel/journal.ts";
import type { Pipeline } from "../../core/pipeline/mod.ts";
import { isTerminal, RUN_COLUMNS, type RunState } from "../../core/run/mod.ts";
import type { RecoverySource, StoredRun } from "../../core/supervisor/recovery.ts";
import type { Verdicts } from "./violation.ts";

const STATE = RUN_COLUMNS.run.indexOf("state");
const NUMBER = RUN_COLUMNS.run.indexOf("number");

/** The disk: what is in here survived. Checks at every commit what no server may ever write. */
export class SimStore implements RecoverySource {
  readonly tables = new Map<string, Map<string, readonly Cell[]>>();
  readonly definitions = new Map<number, Pipeline>();
  /** Runs whose rows a constraint refuses. */
  readonly poisoned = new Set<string>();
  epoch = 0;
  readonly #groups = new Map<number, number>();
  readonly #verdicts: Verdicts;

  readonly #say: (line: string) => void;

  constructor(verdicts: Verdicts, say: (line: string) => void) {
    this.#verdicts = verdicts;
    this.#say = say;
  }

  table(name: string): Map<string, readonly Cell[]> {
    let table = this.tables.get(name);
    if (!table) this.tables.set(name, table = new Map());
    return table;
  }

  /** What one server sees of it. */
  as(epoch: number): GroupStore {
    return {
      commit: (group) => this.#commit(epoch, group),
      hasGroup: (number) => Promise.resolve(this.#groups.get(number) === epoch),
    };
  }

  get lastGroup(): number {
    return Math.max(0, ...this.#groups.keys());
  }

  get lastRunId(): number {
    return Math.max(0, ...[...this.table("run").keys()].map(Number));
  }

  get lastNumber(): number {
    return Math.max(0, ...[...this.table("run").values()].map((cells) => Number(cells[NUMBER])));
  }

  runState(runId: number): RunState | undefined {
    return this.table("run").get(String(runId))?.[STATE] as RunState | undefined;
  }

  unfinishedRuns(afterId: number, limit: number): Promise<readonly StoredRun[]> {
    const rows = [...this.table("run").values()]
      .filter((cells) => Number(cells[0]) > afterId && !isTerminal(cells[STATE] as RunState))
      .sort((a, b) => Number(a[0]) - Number(b[0]))
      .slice(0, limit);
    return Promise.resolve(rows.map((run) => this.stored(Number(run[0]))));
  }

  stored(runId: number): StoredRun {
    const of = (name: string) =>
      [...this.table(name).values()]
        .filter((cells) => cells[0] === runId)
        .sort((a, b) => Number(a[1]) - Number(b[1]) || Number(a[2]) - Number(b[2]));
    return {
      run: this.table("run").get(String(runId))!,
      tasks: of("task"),
      attempts: of("attempt"),
    };
  }

  definition(_namespace: string, _pipeline: string, version: number): Promise<Pipeline> {
    return Promise.resolve(this.definitions.get(version)!);
  }

  #commit(epoch: number, group: JournalGroup): void {
    if (epoch !== this.epoch) throw new LeaseLost(`epoch ${epoch} is over`);
    const bad = group.rows.find((row) => this.poisoned.has(row.key) && row.table === "run");
    if (bad && bad.cells[STATE] !== "failed") throw new GroupRefused(`run ${bad.key} is refused`);
    for (const row of group.rows) this.#write(row.table, row.key, row.cells);
    this.#groups.set(group.number, epoch);
  }

  #write(table: string, key: string, cells: readonly Cell[]): void {
    const before = this.table(table).get(key);
    if (table === "run" && before && isTerminal(before[STATE] as RunState)) {
      if (JSON.stringify(before) !== JSON.stringify(cells)) {
        this.#verdicts.fail(
          `I2: terminal run ${key} went from ${before[STATE]} to ${cells[STATE]}`,
        );
      }
    }
    if (table === "run" && before && before[STATE] === "running" && cells[STATE] === "queued") {
      this.#verdicts.fail(`run ${key} went back from running to queued`);
    }
    this.#say(`commit ${table} ${key} ${cells.slice(3, 6).join(" ")}`);
    this.table(table).set(key, cells);
  }
}
