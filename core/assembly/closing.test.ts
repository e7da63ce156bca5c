import assert from "node:assert/strict";
import { test } from "node:test";
import { Closing } from "./closing.ts";

test("closing is the reverse of opening, also when steps fail; the first error is thrown", async () => {
  const closing = new Closing();
  const said: string[] = [];
  for (const name of ["store", "journal", "plugins", "supervisor"]) {
    closing.add(async () => {
      await Promise.resolve();
      said.push(name);
      if (name === "plugins" || name === "journal") throw new Error(`${name} failed`);
    });
  }
  await assert.rejects(closing.close(), /plugins failed/);
  assert.deepEqual(said, ["supervisor", "plugins", "journal", "store"]);
  await assert.rejects(closing.close(), /plugins failed/);
  assert.equal(said.length, 4);
});

test("who closes while it is being closed waits for the first", async () => {
  const closing = new Closing();
  const { promise, resolve } = Promise.withResolvers<void>();
  let steps = 0;
  closing.add(async () => {
    steps++;
    void closing.close(); // from within: neither again nor in a circle
    await promise;
  });
  const said: string[] = [];
  const all = ["first", "second"].map((name) => closing.close().then(() => said.push(name)));
  await new Promise((turn) => setImmediate(turn));
  assert.deepEqual(said, []);
  resolve();
  await Promise.all(all);
  assert.deepEqual([steps, said], [1, ["first", "second"]]);
});
