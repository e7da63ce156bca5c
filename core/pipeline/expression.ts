import { canonicalJson } from "./canonical-json.ts";
import { compile } from "./cel.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError } from "./expression-error.ts";
import type { JsonValue } from "./pipeline.ts";
import { namesIn } from "./references.ts";
import type { Scope } from "./scope.ts";
import { parseTemplate, type Slot } from "./template.ts";
import { MAX_RESULT, toJson, type Value } from "./value.ts";

/**
 * A text with its `${{ … }}` replaced by their values: a string as it is, an integer in decimal, a
 * boolean, lists and objects as compact canonical JSON. Values are never scanned again.
 *
 * @throws {ExpressionError} when one has no value, is null, holds a NUL, or is larger than 1 MiB
 */
export function renderText(text: string, scope: Scope): string {
  let rendered = "";
  for (const part of parseTemplate(text)) {
    rendered += typeof part === "string" ? part : asText(part, scope);
    if (rendered.length > MAX_RESULT && typeof part !== "string") {
      throw new ExpressionError(`the text is larger than ${MAX_RESULT} characters`, {
        code: "too_large",
      });
    }
  }
  if (rendered.includes("\0")) {
    throw new ExpressionError("the text holds a NUL, which no argument or variable can hold");
  }
  return rendered;
}

/**
 * Like {@link renderText}, but a text that is one expression and nothing else keeps its type.
 *
 * @throws {ExpressionError}
 */
export function renderValue(text: string, scope: Scope): JsonValue {
  const template = parseTemplate(text);
  const [only] = template;
  if (template.length !== 1 || only === undefined || typeof only === "string") {
    return renderText(text, scope);
  }
  return within(only, () => toJson(evaluate(only, scope)));
}

/** What a `when` says. @throws {ExpressionError} also when it is neither true nor false */
export function evaluateCondition(expression: string, scope: Scope): boolean {
  const value = evaluate(compile(expression), scope);
  if (typeof value === "boolean") return value;
  throw new ExpressionError(`expected true or false, ${expression} is neither`, {
    hint: "compare the value with something",
  });
}

/** Names of the secrets that a text names, sorted. @throws {ExpressionError} */
export function secretNames(text: string): readonly string[] {
  const slots = parseTemplate(text).filter((part) => typeof part !== "string");
  return [...new Set(slots.flatMap(({ ast }) => namesIn(ast, "secrets")))].sort();
}

function asText(slot: Slot, scope: Scope): string {
  return within(slot, () => {
    const value: Value = evaluate(slot, scope);
    if (typeof value === "bigint") return String(value);
    const json = toJson(value);
    if (json === null) {
      throw new ExpressionError(`${slot.source.trim()} is null, which is no text`, {
        hint: "give it a value, or compare it with null",
      });
    }
    return typeof json === "string" ? json : canonicalJson(json);
  });
}

/** Offsets of errors count from the beginning of the text, not of the expression. */
function within<T>(slot: Slot, evaluateSlot: () => T): T {
  try {
    return evaluateSlot();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, code, hint, offset } = error;
    throw new ExpressionError(message, { code, hint, offset: slot.at + offset, cause: error });
  }
}
