import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cell } from "../kernel/journal.ts";
import type { Journal } from "./journal.ts";
import { type Outcome, ScriptedGroupStore } from "./scripted-group-store.ts";

/** One thing that happens to a journal. */
type Step =
  | {
    readonly do: "put";
    readonly owner: string;
    readonly rows: readonly Row[];
    readonly soft: boolean;
  }
  | { readonly do: "barrier"; readonly owner: string }
  | { readonly do: "turn" }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "script"; readonly outcome: Outcome }
  | { readonly do: "poison" | "cure"; readonly owner: string };

interface Row {
  readonly key: number;
  readonly remove: boolean;
}

/** An entry as it was put, and what became of it. */
interface Entry {
  readonly index: number;
  readonly owner: string;
  readonly rows: readonly (Row & { readonly value: number })[];
  readonly putAtMs: number;
  end: "durable" | "refused" | undefined;
  /** The place of its callback among all callbacks. */
  toldAt: number;
  /** Callbacks that had been called when it was put. */
  readonly putAt: number;
}

const OWNERS = ["a", "b", "c", "d", "e"];
const owner = fc.constantFrom(...OWNERS);
const outcome = fc.constantFrom<Outcome>(
  ...["sync", "ok", "ok", "full", "unknown_arrived", "unknown_gone", "unknown_late"] as const,
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("put" as const),
      owner,
      rows: fc.array(fc.record({ key: fc.nat(2), remove: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
      }),
      soft: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("barrier" as const), owner }) },
  { weight: 4, arbitrary: fc.constant({ do: "turn" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(60) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("script" as const), outcome }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("poison" as const, "cure" as const), owner }),
  },
);

test("whatever commits do: all or nothing, in order, everybody told once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = new World();
      for (const step of steps) await world.take(step);
      await world.end();
      world.check();
    }),
    { numRuns: 3000 },
  );
});

test("a lost lease at any point leaves no half-told state", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(39), async (steps, at) => {
      const world = new World();
      for (const [i, step] of steps.entries()) {
        if (i === at) world.store.script.unshift("lost");
        await world.take(step);
      }
      await world.end();
      world.check();
    }),
    { numRuns: 500 },
  );
});

/** A journal under test beside a plain record of what was put and told. */
class World {
  readonly store = new ScriptedGroupStore();
  readonly #journal: Journal = this.store.journal();
  readonly #entries: Entry[] = [];
  readonly #told: Entry[] = [];
  readonly #published: string[] = [];

  constructor() {
    this.#journal.onCommit(({ events }) => void this.#published.push(...events));
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "put":
        return this.#put(step.owner, step.rows, step.soft);
      case "barrier":
        return this.#put(step.owner, [], false);
      case "turn":
        return void await this.store.turn();
      case "advance":
        return await this.store.advance(step.ms);
      case "script":
        return void this.store.script.push(step.outcome);
      case "poison":
        return void this.store.poisoned.add(step.owner);
      case "cure":
        return void this.store.poisoned.delete(step.owner);
    }
  }

  /** From here commits succeed, and time passes. */
  async end(): Promise<void> {
    await this.store.advance(60);
    await this.store.advance(60);
  }

  check(): void {
    const over = this.store.fatal.length > 0;
    const durable = this.#told.filter((entry) => entry.end === "durable");
    assert.ok(this.store.fatal.length <= 1, "fatal is said once");
    // an assertion that failed in a callback has ended the journal
    for (const error of this.store.fatal) if (error instanceof assert.AssertionError) throw error;
    assert.equal(this.#told.length, this.#entries.length, "everybody is told, also at the end");

    // order: a durable entry is told after all that was put before it
    for (const [i, entry] of durable.entries()) {
      assert.ok(i === 0 || entry.index > durable[i - 1]!.index, "durable in the order of puts");
      for (const before of this.#entries.slice(0, entry.index)) {
        assert.ok(before.end && before.toldAt < entry.toldAt, "nothing before it is unsettled");
      }
    }
    // what builds on something refused is refused
    for (const refused of this.#told.filter((entry) => entry.end === "refused")) {
      for (const later of this.#entries.slice(refused.index + 1)) {
        if (later.owner !== refused.owner || later.putAt > refused.toldAt) continue;
        if (later.end) assert.equal(later.end, "refused", "later entries of that owner go too");
      }
    }
    this.#checkTable(over ? undefined : durable);
    const numbers = this.store.groups.map((group) => group.number);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), "numbers rise");
    const events = durable.flatMap((entry) => entry.rows.length > 0 ? [`${entry.index}`] : []);
    if (over) assert.deepEqual(this.#published.filter((e) => events.includes(e)), events);
    else {
      const sorted = this.#published.map(Number).sort((a, b) => a - b).map(String);
      assert.deepEqual(sorted, events, "published exactly what is durable");
    }
  }

  /** The table is what the durable entries left, no more and no less. */
  #checkTable(durable: readonly Entry[] | undefined): void {
    if (!durable) return;
    const expected = new Map<string, readonly Cell[]>();
    for (const entry of durable) {
      for (const row of entry.rows) {
        const key = `${entry.owner}${row.key}`;
        if (row.remove) expected.delete(key);
        else expected.set(key, [entry.owner, row.value]);
      }
    }
    assert.deepEqual(sorted(this.store.table), sorted(expected));
  }

  #put(owner: string, rows: readonly Row[], soft: boolean): void {
    const index = this.#entries.length;
    const entry: Entry = {
      index,
      owner,
      rows: rows.map((row, i) => ({ ...row, value: index * 10 + i })),
      putAtMs: this.store.nowMs,
      end: undefined,
      toldAt: Infinity,
      putAt: this.#told.length,
    };
    this.#entries.push(entry);
    const tell = (end: "durable" | "refused") => {
      assert.equal(entry.end, undefined, "told once");
      if (this.store.fatal.length > 0) {
        assert.equal(end, "refused", "after the end all are refused");
      }
      if (end === "durable" && rows.length > 0) {
        assert.ok(this.#published.includes(`${index}`), "published before it is told");
      }
      if (!this.store.poisoned.has(owner) || rows.length === 0) {
        // time jumps by up to 60: once before the commit ahead of it lands, once past the 50 of the timer
        assert.ok(this.store.nowMs - entry.putAtMs <= 60 + 50 + 60, "told in time");
      }
      entry.end = end;
      entry.toldAt = this.#told.length;
      this.#told.push(entry);
    };
    this.#journal.put({
      owner,
      rows: entry.rows.map((row) => ({
        table: "t",
        key: `${owner}${row.key}`,
        cells: row.remove ? [owner] : [owner, row.value],
        ...(row.remove ? { remove: true } : {}),
      })),
      events: rows.length > 0 ? [`${index}`] : [],
      ...(soft ? { soft } : {}),
      durable: () => tell("durable"),
      refused: () => tell("refused"),
    });
  }
}

function sorted(table: ReadonlyMap<string, readonly Cell[]>): unknown {
  return [...table].sort(([a], [b]) => a < b ? -1 : 1);
}
