import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeIterables } from "./merge-iterables.ts";

async function* count(from: number, to: number, closed: () => void = () => {}) {
  try {
    for (let i = from; i < to; i++) yield await Promise.resolve(i);
  } finally {
    closed();
  }
}

async function* one(fails: boolean) {
  yield await Promise.resolve(-1);
  if (fails) throw new Error("broken");
}

test("all items of all iterables come, in each one's order", async () => {
  const items: number[] = [];
  for await (const item of mergeIterables([count(0, 5), count(100, 110), count(7, 7)])) {
    items.push(item);
  }
  assert.deepEqual(items.filter((item) => item < 100), [0, 1, 2, 3, 4]);
  assert.deepEqual(items.filter((item) => item >= 100).length, 10);
});

test("leaving early and failing close the others", async () => {
  for (const fails of [false, true]) {
    const closed = Promise.withResolvers<void>();
    const merged = mergeIterables([count(0, 1e9, closed.resolve), one(fails)]);
    const reading = (async () => {
      for await (const item of merged) if (!fails && item > 10) break;
    })();
    if (fails) await assert.rejects(reading, /broken/);
    else await reading;
    await closed.promise;
  }
});
