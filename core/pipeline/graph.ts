import { didYouMean } from "../../protocol/nearest.ts";
import type { Problems } from "./problem.ts";
import type { TaskRead } from "./read-task.ts";

/** Who needs whom in a file that may still be wrong: needs may name nothing, and run in circles. */
export class TaskGraph {
  readonly #tasks: readonly TaskRead[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #needs: readonly (readonly number[])[];
  /** Bit sets; undefined for tasks in or behind a circle. */
  readonly #ancestors: readonly (Uint32Array | undefined)[];

  constructor(tasks: readonly TaskRead[]) {
    const index = new Map(tasks.map(({ definition }, i) => [definition.name, i]));
    this.#tasks = tasks;
    this.#index = index;
    this.#needs = tasks.map(({ needs }) =>
      [...needs.places.keys()].flatMap((name) => index.get(name) ?? [])
    );
    this.#ancestors = ancestorsOf(this.#needs);
  }

  /** True when `name` has ended before `task` begins, by needs alone; in a circle everything counts. */
  isAncestor(name: string, task: string): boolean {
    const [i, of] = [this.#index.get(name), this.#index.get(task)];
    if (i === undefined || of === undefined) return false;
    const set = this.#ancestors[of];
    return set === undefined || (set[i >> 5]! & (1 << (i & 31))) !== 0;
  }

  /** Notes needs of tasks that do not exist or belong to the other section, and circles. */
  check(problems: Problems): void {
    for (const task of this.#tasks) {
      for (const [name, at] of task.needs.places) this.#checkNeed(task, { name, at, problems });
    }
    for (const cycle of this.#cycles()) {
      const names = cycle.map((i) => this.#tasks[i]!.definition.name);
      const shown = names.length > 8 ? [...names.slice(0, 7), "…"] : names;
      const message = names.length === 1
        ? `${names[0]} needs itself`
        : `tasks need each other in a circle: ${[...shown, names[0]].join(" → ")}`;
      const { at } = this.#tasks[cycle[0]!]!;
      problems.add({ code: "cycle", at, message, hint: "remove one of these needs" });
    }
  }

  #checkNeed(
    task: TaskRead,
    { name, at, problems }: {
      readonly name: string;
      readonly at: number;
      readonly problems: Problems;
    },
  ): void {
    const { name: own, after } = task.definition;
    const needed = this.#tasks[this.#index.get(name) ?? -1];
    if (needed?.definition.after === after) return;
    if (needed) {
      const message = after
        ? `${own} stands under after and needs ${name}, which does not`
        : `${own} needs ${name}, which stands under after`;
      const hint =
        "tasks under after begin when all others have ended; they may need only each other";
      problems.add({ code: "unknown_need", at, message, hint });
      return;
    }
    const others = this.#tasks.map(({ definition }) => definition)
      .filter((other) => other.after === after && other.name !== own)
      .map((other) => other.name);
    const message = `${own} needs ${name}, but there is no such task`;
    problems.add({ code: "unknown_need", at, message, hint: didYouMean(name, others) });
  }

  /** One circle for each group of tasks that need each other, beginning with its first in the file. */
  #cycles(): readonly (readonly number[])[] {
    const seen = new Set<number>();
    const cycles: (readonly number[])[] = [];
    const inFileOrder = this.#tasks.map((_, i) => i).sort((a, b) =>
      this.#tasks[a]!.at - this.#tasks[b]!.at
    );
    for (const start of inFileOrder) {
      if (this.#ancestors[start] || seen.has(start) || cycles.length === MAX_CYCLES) continue;
      const cycle = this.#circle(start);
      if (cycle.length === 0) continue;
      cycles.push(cycle);
      const below = reach(start, this.#needs);
      const above = reach(start, reversed(this.#needs));
      for (const i of below) if (above.has(i)) seen.add(i);
    }
    return cycles;
  }

  /** The shortest circle through a task; empty when there is none. */
  #circle(start: number): readonly number[] {
    const from = new Map<number, number>();
    const queue = [start];
    for (const task of queue) {
      for (const next of this.#needs[task]!) {
        if (next === start) return trail(task, from);
        if (from.has(next) || this.#ancestors[next]) continue;
        from.set(next, task);
        queue.push(next);
      }
    }
    return [];
  }
}

/** More circles than this say no more than these. */
const MAX_CYCLES = 20;

/** By peeling off tasks whose needs are all done; what is left stands in or behind a circle. */
function ancestorsOf(needs: readonly (readonly number[])[]): readonly (Uint32Array | undefined)[] {
  const dependents = reversed(needs);
  const waiting = needs.map((list) => list.length);
  const sets: (Uint32Array | undefined)[] = needs.map(() => undefined);
  const ready = needs.flatMap((list, i) => list.length === 0 ? [i] : []);
  for (const task of ready) {
    const set = sets[task] = new Uint32Array((needs.length + 31) >> 5);
    for (const need of needs[task]!) {
      set[need >> 5]! |= 1 << (need & 31);
      sets[need]!.forEach((word, i) => set[i]! |= word);
    }
    for (const dependent of dependents[task]!) {
      if (--waiting[dependent]! === 0) ready.push(dependent);
    }
  }
  return sets;
}

function reversed(needs: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const dependents: number[][] = needs.map(() => []);
  needs.forEach((list, i) => list.forEach((need) => dependents[need]!.push(i)));
  return dependents;
}

function reach(start: number, edges: readonly (readonly number[])[]): ReadonlySet<number> {
  const reached = new Set([start]);
  for (const task of reached) for (const next of edges[task]!) reached.add(next);
  return reached;
}

function trail(last: number, from: ReadonlyMap<number, number>): readonly number[] {
  const path = [last];
  for (let before = from.get(last); before !== undefined; before = from.get(before)) {
    path.unshift(before);
  }
  return path;
}
