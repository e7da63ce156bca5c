import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue, Scope } from "./mod.ts";
import { evaluateCondition, ExpressionError, renderText, renderValue } from "./mod.ts";
import file from "./vectors.json" with { type: "json" };

interface Vectors {
  readonly scope: Scope;
  readonly vectors: readonly {
    readonly expression: string;
    readonly result?: JsonValue;
    readonly error?: string;
  }[];
  readonly templates: readonly {
    readonly text: string;
    readonly rendered?: string;
    readonly value?: JsonValue;
    readonly error?: string;
    readonly valueError?: string;
  }[];
}

const { scope, vectors, templates } = file as unknown as Vectors;

test("every expression of the vectors has its result or its error", () => {
  for (const { expression, result, error } of vectors) {
    const found = outcome(() => renderValue(`\${{ ${expression}\n }}`, scope));
    assert.deepEqual(found, error === undefined ? { value: result } : { error }, expression);
  }
});

test("an expression means the same in when", () => {
  for (const { expression, result, error } of vectors) {
    const found = outcome(() => evaluateCondition(expression, scope));
    const wanted = typeof result === "boolean"
      ? { value: result }
      : { error: error ?? "bad_expression" };
    assert.deepEqual(found, wanted, expression);
  }
});

test("every template of the vectors has its text, its value or its error", () => {
  for (const { text, rendered, value, error, valueError } of templates) {
    const asText = error === undefined ? { value: rendered } : { error };
    assert.deepEqual(outcome(() => renderText(text, scope)), asText, text);
    const whole = valueError !== undefined
      ? { error: valueError }
      : value !== undefined
      ? { value }
      : asText;
    assert.deepEqual(outcome(() => renderValue(text, scope)), whole, text);
  }
});

function outcome(
  evaluate: () => JsonValue,
): { readonly value: JsonValue } | { readonly error: string } {
  try {
    return { value: evaluate() };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { error: error.code };
  }
}
