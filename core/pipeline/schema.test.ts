import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { type JsonValue, parsePipeline, pipelineSchema } from "./mod.ts";

const isValid = new Ajv2020({ strictTuples: false, strictTypes: false, strictRequired: false })
  .compile(pipelineSchema);

/** Problems that a schema can not know: names, circles, expressions, and what only bounds say. */
const BEYOND = new Set([
  "duplicate_name",
  "unknown_need",
  "cycle",
  "bad_expression",
  "undefined_name",
  "not_needed",
  "expression_cost",
  "shell_text",
  "secret_place",
  "bad_pattern",
  "bad_default",
  "empty_range",
  "needs_quotes",
]);

test("the schema and the parser agree on the files of a table", () => {
  const table: readonly (readonly [JsonValue, boolean])[] = [
    [{ name: "p", tasks: { a: { run: "x" } } }, true],
    [{ name: "p", tasks: { a: { command: ["x", 1, true] } }, "x-any": { thing: [1] } }, true],
    [{ name: "p", tasks: { a: { run: "x", timeout: "1h30m", grace: "0s", "x-note": 1 } } }, true],
    [{ name: "p", tasks: { a: { run: "x", timeout: { queue: "1h", run: "5m" } } } }, true],
    [{ name: "p", tasks: { a: { run: "x", timeout: 90 } } }, false],
    [{ name: "p", tasks: { a: { run: "x", timeout: "0s" } } }, false],
    [{ name: "p", tasks: {} }, false],
    [{ name: "P", tasks: { a: { run: "x" } } }, false],
    [{ tasks: { a: { run: "x" } } }, false],
    [{ name: "p", tasks: { a: { run: "x", command: ["y"] } } }, false],
    [{ name: "p", tasks: { a: { command: ["y"], shell: ["sh"] } } }, false],
    [{ name: "p", tasks: { a: { command: [] } } }, false],
    [{ name: "p", tasks: { a: { command: [""] } } }, false],
    [{ name: "p", tasks: { a: { run: "x", env: { ERRAND_X: "1" } } } }, false],
    [{ name: "p", tasks: { a: { run: "x", env: { X: 1, Y: true } } } }, true],
    [{ name: "p", tasks: { a: { run: "x", retry: 3 } } }, false],
    [{ name: "p", tasks: { a: { run: "x", retry: { attempts: 3, causes: ["exit"] } } } }, true],
    [{ name: "p", tasks: { a: { run: "x", retry: { attempts: 0 } } } }, false],
    [{ name: "p", tasks: { a: { run: "x" }, b: { run: "x", needs: { a: "any" } } } }, true],
    [{ name: "p", tasks: { a: { run: "x" }, b: { run: "x", needs: { a: "sometimes" } } } }, false],
    [
      { name: "p", tasks: { a: { run: "x" } }, params: { n: { type: "integer", default: 1 } } },
      true,
    ],
    [
      { name: "p", tasks: { a: { run: "x" } }, params: { n: { type: "string", minimum: 1 } } },
      false,
    ],
    [{ name: "p", tasks: { a: { run: "x", workdir: "a/../b" } } }, false],
    [{ name: "p", tasks: { a: { run: "x", workdir: "a/..b" } } }, true],
    [{ name: "p", tasks: { a: { run: "x", when: "${{ true }}" } } }, false],
    [{ name: "p", tasks: { a: { run: "x", image: "y" } } }, false],
    [{ name: "p", tasks: { a: { run: "x" } }, priority: 101 }, false],
    [[], false],
    [null, false],
  ];
  for (const [file, valid] of table) {
    assert.equal(isValid(file), valid, JSON.stringify(file));
    assert.equal(
      parsePipeline(JSON.stringify(file)).problems.length === 0,
      valid,
      JSON.stringify(file),
    );
  }
});

test("the schema and the parser agree on files with any mistake in their structure", () => {
  const odd = fc.constantFrom<JsonValue>(
    ...[
      null,
      true,
      0,
      1,
      -1,
      1.5,
      101,
      "",
      "x",
      "90s",
      "0s",
      "90",
      "A b",
      "exit",
      "any",
      "a",
      "string",
    ],
    ...[[], ["a"], ["a", "a"], [""], [1], {}, { a: "any" }, { run: "5m" }, { attempts: 2 }, {
      type: "string",
    }],
  );
  const good: { readonly [key: string]: JsonValue } = {
    name: "p",
    description: "d",
    labels: { team: "data", n: 1 },
    params: {
      url: {
        type: "string",
        default: "x",
        minLength: 1,
        maxLength: 9,
        pattern: "x",
        description: "d",
      },
      depth: { type: "integer", required: true, enum: [1, 2], minimum: 1, maximum: 9 },
    },
    env: { TZ: "UTC" },
    defaults: { timeout: "10m", grace: "10s", scheduler: "process", shell: ["/bin/sh", "-c"] },
    parallelism: 4,
    timeout: "1h",
    priority: 0,
    tasks: {
      a: {
        run: "x",
        shell: ["sh"],
        workdir: "w",
        env: { A: 1 },
        when: "true",
        allowFailure: true,
        retry: {
          attempts: 2,
          delay: "1s",
          backoff: "constant",
          maxDelay: "9s",
          jitter: true,
          causes: ["exit"],
        },
        timeout: { queue: "1h", start: "1m", run: "2m" },
        grace: "1s",
        outputs: { n: "integer" },
        scheduler: "process",
      },
      b: { command: ["x", "y"], needs: { a: "success" } },
    },
    after: { c: { run: "x", description: "d", needs: [] } },
  };
  assert.ok(isValid(good));
  assert.deepEqual(parsePipeline(JSON.stringify(good)).problems, []);
  const places = pathsOf(good);
  const keys = fc.constantFrom(
    "x-a",
    "run",
    "command",
    "needs",
    "type",
    "default",
    "required",
    "minimum",
    "nope",
    "A_1",
    "9",
  );
  const change = fc.tuple(
    fc.constantFrom(...places),
    fc.constantFrom("set", "drop", "add"),
    odd,
    keys,
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const file = structuredClone(good) as { [key: string]: JsonValue };
      for (const [path, how, value, key] of changes) {
        mutate(file, path, { how, value: structuredClone(value), key });
      }
      const text = JSON.stringify(file);
      const { problems } = parsePipeline(text);
      const structural = problems.filter(({ code }) => !BEYOND.has(code));
      const found = `${text} ${JSON.stringify(problems)} ${JSON.stringify(isValid.errors)}`;
      if (isValid(JSON.parse(text))) assert.deepEqual(structural, [], found);
      else assert.notEqual(problems.length, 0, found);
    }),
    { numRuns: 5_000 },
  );
});

function pathsOf(value: JsonValue): readonly (readonly string[])[] {
  if (value === null || typeof value !== "object") return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item).map((rest) => [key, ...rest])),
  ];
}

function mutate(
  root: { [key: string]: JsonValue },
  path: readonly string[],
  { how, value, key }: { readonly how: string; readonly value: JsonValue; readonly key: string },
): void {
  let parent = root;
  for (const step of path.slice(0, -1)) {
    const next = parent[step];
    if (next === null || typeof next !== "object" || !Object.hasOwn(parent, step)) return;
    parent = next as { [key: string]: JsonValue };
  }
  const last = path.at(-1);
  if (last === undefined) return;
  if (how === "set") parent[last] = value;
  else if (how === "drop" && !Array.isArray(parent)) delete parent[last];
  else if (how === "add") {
    const target = parent[last];
    if (Array.isArray(target)) target.push(value);
    else if (target !== null && typeof target === "object") {
      (target as { [key: string]: JsonValue })[key] = value;
    }
  }
}
