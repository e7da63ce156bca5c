import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { evaluate as libraryEvaluate } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { compile } from "./cel.ts";
import { evaluate } from "./evaluate.ts";
import {
  evaluateCondition,
  ExpressionError,
  type JsonValue,
  renderText,
  renderValue,
  type Scope,
  secretNames,
} from "./mod.ts";
import { toJson } from "./value.ts";

function scopeOf(params: Readonly<Record<string, JsonValue>>): Scope {
  return {
    params,
    secrets: {},
    tasks: {},
    run: { id: "1", number: 1, startedAt: "2026-01-01T00:00:00.000Z", initiator: "user:ada" },
    pipeline: { name: "p", version: 1, namespace: "default" },
  };
}

test("values are never scanned again, whatever they hold", () => {
  const hostile = fc.array(fc.constantFrom("${{", "}}", "$", "{", " 1 ", "params.x", "x"), {
    maxLength: 12,
  });
  fc.assert(fc.property(hostile, hostile, (a, b) => {
    const [x, y] = [a.join(""), b.join("")];
    assert.equal(renderText("<${{ params.x }}|${{ params.y }}>", scopeOf({ x, y })), `<${x}|${y}>`);
  }));
});

test("a JSON value that goes in whole comes out whole", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    const json = JSON.parse(JSON.stringify(value)) as JsonValue;
    assert.deepEqual(renderValue("${{ params.x }}", scopeOf({ x: json })), json);
    assert.deepEqual(renderValue("${{ [params.x][0] }}", scopeOf({ x: json })), json);
  }));
});

test("arithmetic and comparison mean what the library says they mean", () => {
  const leaf = fc.oneof(
    fc.constantFrom("params.a", "params.b", "params.t", "params.f", "params.l", "null", "[1, 2]"),
    fc.integer({ min: -9, max: 9 }).map((n) => `${n}`),
    fc.constantFrom('"a"', '"b"', "true", "false", "1.5"),
  );
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(
        tie("node"),
        fc.constantFrom("+", "-", "*", "/", "%", "<", ">=", "&&", "||", "in"),
        tie("node"),
      )
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie("node"), tie("node"), tie("node")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      fc.tuple(tie("node"), fc.constantFrom("all", "exists", "map", "filter"), tie("node"))
        .map(([list, macro, body]) => `${list}.${macro}(x, ${body} == x)`),
    ),
  }));
  const params = { a: 3, b: -2, t: "ab", f: 0.5, l: [1, 2, 3] };
  const bound = { params: { ...params, a: 3n, b: -2n, l: [1n, 2n, 3n] } };
  fc.assert(
    fc.property(node, (source) => {
      let wanted: unknown;
      try {
        wanted = toJson(libraryEvaluate(source, bound));
      } catch {
        return; // what the library refuses we may refuse or, for mixed numbers, compute
      }
      assert.deepEqual(toJson(evaluate(compile(source), scopeOf(params))), wanted, source);
    }),
    { numRuns: 2_000 },
  );
});

test("no text makes the renderer throw anything but its own error", () => {
  const piece = fc.constantFrom(
    ..."${{|}}|params|.|?|[|]|(|)|\"|'|1|a|+|-|&&|tasks|secrets|map|has|\\|//|\n| ".split("|"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      for (const call of [renderText, renderValue, evaluateCondition]) {
        try {
          call(text, scopeOf({ a: 1 }));
        } catch (error) {
          assert.ok(error instanceof ExpressionError, `${text}: ${error}`);
          assert.equal(error._tag, "ExpressionError");
          assert.ok(error.offset >= 0 && error.offset <= text.length, `${text}: ${error.offset}`);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what an expression may cost is bounded, whatever the values are", () => {
  const long = "a".repeat(1_000_000);
  const list = Array.from({ length: 10_000 }, (_, i) => i);
  const costly = [
    ["params.list.map(i, params.long.contains(string(i)))", "expression_cost"],
    ["params.list.all(i, i in params.list)", "expression_cost"],
    ["params.list.map(i, params.list + params.list)", "expression_cost"],
    ["params.list.map(i, params.long)", "too_large"],
    ["params.list.filter(i, params.deep == params.copy)", "expression_cost"],
    ["(params.list + params.list).map(i, i)", "expression_cost"],
    [`${Array(100).fill("params.long").join(" + ")}`, "expression_cost"],
    ['params.long.matches("(a*){60}b")', "expression_cost"],
    ['params.long.split("")', "too_large"],
    ["params.list.exists(i, params.long.contains(string(i)) || true == false)", "expression_cost"],
  ] as const;
  const deep = { x: list.map((i) => ({ i })) };
  const scope = scopeOf({ long, list, deep, copy: structuredClone(deep) });
  for (const [source, code] of costly) {
    const begin = performance.now();
    assert.throws(
      () => renderValue(`\${{ ${source} }}`, scope),
      (error) => error instanceof ExpressionError && error.code === code,
      source,
    );
    assert.ok(performance.now() - begin < 3_000, `${source} took ${performance.now() - begin} ms`);
  }
  assert.equal(renderValue("${{ size(params.list.filter(i, i % 2 == 0)) }}", scope), 5_000);
});

test("an error says which value is missing, and how to tolerate it", () => {
  const scope: Scope = { ...scopeOf({}), tasks: { crawl: { state: "succeeded", outputs: {} } } };
  assert.throws(() => renderText("n: ${{ tasks.crawl.outputs.n }}", scope), {
    _tag: "ExpressionError",
    message: "tasks.crawl.outputs.n has no value",
    offset: 7,
    hint: "task crawl has not set its output n; .?n.orValue(…) tolerates that",
  });
  assert.throws(() => renderText("${{ params.url }}", scope), {
    message: "params.url has no value",
  });
});

test("an error never holds the value of a secret", () => {
  const scope: Scope = { ...scopeOf({ n: 1 }), secrets: { token: "hunter2" } };
  for (
    const source of [
      "secrets.token + params.n",
      "bool(secrets.token)",
      "int(secrets.token)",
      "duration(secrets.token)",
      "secrets.token.x",
    ]
  ) {
    assert.throws(() => renderText(`\${{ ${source} }}`, scope), (error) => {
      assert.ok(error instanceof ExpressionError);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/, source);
      return true;
    });
  }
});

test("the names of secrets are found wherever they stand", () => {
  assert.deepEqual(secretNames("plain"), []);
  assert.deepEqual(
    secretNames("${{ secrets.b }} ${{ 'x' + secrets['a-1'] }} $${{ secrets.c }} ${{ secrets.b }}"),
    ["a-1", "b"],
  );
});

test("a condition that is neither true nor false is an error", () => {
  assert.equal(evaluateCondition("params.a > 1", scopeOf({ a: 2 })), true);
  assert.throws(() => evaluateCondition("params.a", scopeOf({ a: 2 })), {
    message: "expected true or false, params.a is neither",
  });
});
