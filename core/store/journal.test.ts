import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrandError } from "../../protocol/errors.ts";
import { type JournalEntry, LeaseLost } from "../kernel/journal.ts";
import type { Journal } from "./journal.ts";
import { ScriptedGroupStore } from "./scripted-group-store.ts";

/** A journal, and what it said to whom, in order. */
function setUp() {
  const store = new ScriptedGroupStore();
  const journal = store.journal();
  const said: string[] = [];
  journal.onCommit(({ events }) => said.push(`published ${events.join(" ")}`));
  const put = (owner: string, value: number, more: Partial<JournalEntry> = {}) =>
    putInto(journal, said, { owner, value, ...more });
  return { store, journal, said, put };
}

function putInto(
  journal: Journal,
  said: string[],
  { value, ...entry }: Partial<JournalEntry> & { readonly owner: string; readonly value: number },
) {
  const name = `${entry.owner}${value}`;
  journal.put({
    rows: [{ table: "t", key: entry.owner, cells: [entry.owner, value] }],
    events: [],
    durable: () => void said.push(`durable ${name}`),
    refused: (error) => void said.push(`refused ${name}: ${error.message}`),
    ...entry,
  });
}

test("entries of one turn share a commit, the last row of a key wins", async () => {
  const { store, said, put } = setUp();
  put("a", 1);
  put("b", 1);
  put("a", 2);
  await store.settle();
  assert.equal(store.groups.length, 1);
  assert.deepEqual(store.groups[0]!.rows.map((row) => row.cells), [["a", 2], ["b", 1]]);
  assert.deepEqual(said, ["durable a1", "durable b1", "durable a2"]);
});

test("entries that arrive while a commit flies share the next one", async () => {
  const { store, said, put } = setUp();
  put("a", 1);
  await store.turn();
  put("b", 1);
  put("c", 1);
  await store.settle();
  assert.deepEqual(store.groups.map((group) => group.number), [1, 2]);
  assert.equal(store.groups[1]!.rows.length, 2);
  assert.deepEqual(said, ["durable a1", "durable b1", "durable c1"]);
});

test("events are published before anybody is called back", async () => {
  const { store, said, put } = setUp();
  store.script.push("sync");
  put("a", 1, { events: ["e1", "e2"] });
  put("b", 1, { events: ["e3"] });
  await store.settle();
  assert.deepEqual(said, ["published e1 e2 e3", "durable a1", "durable b1"]);
});

test("what a callback puts goes into the next group", async () => {
  const { store, journal, said, put } = setUp();
  store.script.push("sync", "sync");
  put("a", 1, { durable: () => putInto(journal, said, { owner: "a", value: 2 }) });
  await store.settle();
  assert.equal(store.groups.length, 2);
  assert.deepEqual(said, ["durable a2"]);
});

test("a barrier waits for what was put before it, and costs no commit of its own", async () => {
  const { store, said, put } = setUp();
  put("a", 1);
  await store.turn();
  put("b", 1, { rows: [] });
  assert.deepEqual(said, []);
  await store.settle();
  assert.equal(store.groups.length, 1);
  assert.deepEqual(said, ["durable a1", "durable b1"]);
});

test("a soft entry waits for the next commit, at most 50 ms", async () => {
  const { store, said, put } = setUp();
  put("a", 1, { soft: true });
  await store.advance(49);
  assert.deepEqual(said, []);
  await store.advance(1);
  assert.deepEqual(said, ["durable a1"]);
  put("a", 2, { soft: true });
  put("b", 1);
  await store.settle();
  assert.deepEqual(said.slice(1), ["durable a2", "durable b1"]);
  assert.equal(store.groups.length, 2);
});

test("a soft entry put while a commit flies does not force the next one", async () => {
  const { store, said, put } = setUp();
  put("a", 1);
  await store.turn();
  put("b", 1, { soft: true });
  await store.settle();
  assert.deepEqual(said, ["durable a1"]);
  await store.advance(50);
  assert.deepEqual(said, ["durable a1", "durable b1"]);
});

test("a constraint refuses the poisoned owner only, and all of its entries", async () => {
  const { store, said, put } = setUp();
  store.poisoned.add("c");
  for (const owner of ["a", "b", "c", "d", "e"]) put(owner, 1, { events: [`${owner}!`] });
  put("c", 2);
  await store.turn();
  put("c", 3);
  put("a", 2);
  await store.settle();
  assert.deepEqual([...store.table.keys()].sort(), ["a", "b", "d", "e"]);
  assert.deepEqual(said.filter((line) => !line.startsWith("published")), [
    "durable a1",
    "durable b1",
    "refused c1: row c is refused",
    "durable d1",
    "durable e1",
    "refused c2: row c is refused",
    "refused c3: row c is refused",
    "durable a2",
  ]);
  const published = said.filter((line) => line.startsWith("published")).join(" ");
  assert.doesNotMatch(published, /c!/);
});

test("what a refused owner puts in answer is taken", async () => {
  const { store, journal, said, put } = setUp();
  store.poisoned.add("a");
  put("a", 1, {
    refused: () => {
      store.poisoned.clear();
      putInto(journal, said, { owner: "a", value: 2 });
    },
  });
  await store.settle();
  assert.deepEqual(said, ["durable a2"]);
});

test("a full disk refuses what wanted to be written; later entries work again", async () => {
  const { store, said, put } = setUp();
  store.script.push("full");
  put("a", 1);
  put("b", 1, { rows: [] });
  await store.turn();
  put("a", 2);
  await store.settle();
  assert.deepEqual(said, ["refused a1: no space", "durable b1", "refused a2: no space"]);
  put("a", 3);
  await store.settle();
  assert.deepEqual(said.slice(3), ["durable a3"]);
  assert.deepEqual(store.table.get("a"), ["a", 3]);
});

test("a full disk is an ErrandError with code full for the caller", async () => {
  const { store, put } = setUp();
  store.script.push("full");
  let found: Error | undefined;
  put("a", 1, { refused: (error) => found = error });
  await store.settle();
  assert.ok(found instanceof ErrandError && found.code === "full");
});

test("a lost lease ends everything: all who wait are refused, nothing more is committed", async () => {
  const { store, said, put } = setUp();
  store.script.push("lost");
  put("a", 1);
  await store.turn();
  put("b", 1);
  await store.settle();
  put("c", 1);
  await store.advance(100);
  assert.deepEqual(said.map((line) => line.split(":")[0]), [
    "refused a1",
    "refused b1",
    "refused c1",
  ]);
  assert.equal(store.offered.length, 1);
  assert.equal(store.fatal.length, 1);
  assert.ok(store.fatal[0] instanceof LeaseLost);
});

for (
  const { name, script, offered, ends } of [
    { name: "had arrived", script: ["unknown_arrived"], offered: [1], ends: "durable" },
    { name: "had not arrived", script: ["unknown_gone"], offered: [1, 1], ends: "durable" },
    { name: "arrives late", script: ["unknown_late"], offered: [1, 1], ends: "durable" },
    {
      name: "stays unknown",
      script: ["unknown_gone", "unknown_gone"],
      offered: [1, 1],
      ends: "fatal",
    },
    {
      name: "is refused the second time",
      script: ["unknown_gone", "full"],
      offered: [1, 1],
      ends: "refused",
    },
  ] as const
) {
  test(`a commit of unknown outcome that ${name} is ${ends}`, async () => {
    const { store, said, put } = setUp();
    store.script.push(...script);
    put("a", 1);
    await store.settle();
    assert.deepEqual(store.offered.map((group) => group.number), offered);
    if (ends === "fatal") assert.equal(store.fatal.length, 1);
    else assert.match(said.join(), new RegExp(`^${ends}`));
    assert.equal(store.groups.length, ends === "durable" ? 1 : 0);
  });
}

test("a group takes as many entries as have ids for their events", async () => {
  const { store, put } = setUp();
  const events = Array.from({ length: 40_000 }, () => "e");
  put("a", 1, { events });
  put("b", 1, { events });
  await store.settle();
  assert.deepEqual(store.groups.map((group) => group.events.length), [40_000, 40_000]);
});

test("one entry with more events than ids is refused, with a reason", async () => {
  const { store, said, put } = setUp();
  put("a", 1, { events: Array.from({ length: 65_537 }, () => "e") });
  put("b", 1);
  await store.settle();
  assert.match(said[0]!, /^refused a1: .*65,?536/);
  assert.equal(said[1], "durable b1");
});

test("drain resolves once all before it is settled, and at once after the end", async () => {
  const { store, journal, said, put } = setUp();
  put("a", 1, { soft: true });
  const drained = journal.drain().then(() => said.push("drained"));
  await store.settle();
  await drained;
  assert.deepEqual(said, ["durable a1", "drained"]);
  journal.stop();
  await journal.drain();
});

test("stop refuses all who wait, each once, not within the call", async () => {
  const { store, journal, said, put } = setUp();
  const found: Error[] = [];
  const refused = (error: Error) => void found.push(error);
  put("a", 1, { refused });
  await store.turn();
  put("b", 1, { soft: true, refused });
  put("c", 1, { refused: undefined });
  const drained = journal.drain();
  journal.stop();
  journal.stop();
  put("d", 1, { refused });
  assert.equal(found.length, 0);
  await store.advance(100);
  await drained;
  assert.equal(found.length, 3);
  for (const error of found) {
    assert.ok(error instanceof ErrandError && error.code === "unavailable");
  }
  // the commit under way arrived, and has nobody to tell any more
  assert.equal(store.groups.length, 1);
  assert.deepEqual(said, []);
  assert.equal(store.fatal.length, 0);
});

test("a callback that stops the journal leaves the rest to be refused, itself not", async () => {
  const { store, journal, said, put } = setUp();
  put("a", 1, { durable: () => journal.stop() });
  put("b", 1);
  await store.settle();
  assert.deepEqual(said.map((line) => line.split(":")[0]), ["refused b1"]);
});

test("fail stops the journal and says why, once", async () => {
  const { store, journal, said, put } = setUp();
  put("a", 1);
  journal.fail(new LeaseLost("noticed elsewhere"));
  journal.fail(new LeaseLost("again"));
  await store.settle();
  assert.deepEqual(store.fatal.map(({ message }) => message), ["noticed elsewhere"]);
  assert.deepEqual(said.map((line) => line.split(":")[0]), ["refused a1"]);
  assert.equal(store.offered.length, 0);
});

test("a callback that throws is fatal: what it left undone is not known", async () => {
  const { store, put } = setUp();
  put("a", 1, {
    durable: () => {
      throw new Error("a bug");
    },
  });
  await store.settle();
  assert.match(store.fatal[0]!.message, /a bug/);
});
