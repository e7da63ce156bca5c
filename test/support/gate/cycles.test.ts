import assert from "node:assert/strict";
import { test } from "node:test";
import { findCycles, readGraph } from "./cycles.ts";

const SOURCES: Readonly<Record<string, string>> = {
  "a/one.ts": 'import { two } from "./two.ts";\nexport const one = 1;\n',
  "a/two.ts": 'import type { One } from "./one.ts";\nimport {\n  three,\n} from "../b/three.ts";\n',
  "b/three.ts": 'export { four } from "./four.ts";\n// import "./one.ts";\n',
  "b/four.ts": 'import { type Three } from "./three.ts";\n',
  "b/five.ts": 'const load = () => import("./six.ts");\n',
  "b/six.ts": 'import "./five.ts";\n/*\nimport "./six.ts";\n*/\n',
};

const graph = readGraph(Object.keys(SOURCES), (file) => SOURCES[file]!);

test("value imports make the graph: types and dynamic imports do not, inline types do", () => {
  assert.deepEqual(Object.fromEntries(graph), {
    "a/one.ts": ["a/two.ts"],
    "a/two.ts": ["b/three.ts"],
    "b/three.ts": ["b/four.ts"],
    "b/four.ts": ["b/three.ts"],
    "b/five.ts": [],
    "b/six.ts": ["b/five.ts"],
  });
});

test("a cycle is found and shown as a path", () => {
  assert.deepEqual(findCycles(graph), [["b/four.ts", "b/three.ts", "b/four.ts"]]);
});

test("of a tangle the shortest cycle through its first file is shown", () => {
  const tangle = new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", ["a"]], ["d", ["d"]]]);
  assert.deepEqual(findCycles(tangle), [["a", "c", "a"], ["d", "d"]]);
});
