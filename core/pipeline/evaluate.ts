import {
  applyBinary,
  applyCall,
  applyUnary,
  type Ast,
  type Compiled,
  COMPREHENSIONS,
  constantOf,
  isConstant,
  Optional,
  summaryOf,
} from "./cel.ts";
import { walk } from "./comprehension.ts";
import { ExpressionError } from "./expression-error.ts";
import type { JsonValue } from "./pipeline.ts";
import type { ProblemCode } from "./problem.ts";
import { PatternError } from "./regexp-parse.ts";
import { regexpOf } from "./regexp.ts";
import type { Scope } from "./scope.ts";
import { bind, hasParts, part, Raw, type Value, weight } from "./value.ts";

/**
 * Evaluates an expression. What it may cost is bounded, whatever the values are.
 *
 * @throws {ExpressionError} when a value is missing, a type does not fit, or it costs too much
 */
export function evaluate({ source, ast, mistake }: Compiled, scope: Scope): Value {
  if (mistake) throw new ExpressionError(mistake.message, { offset: mistake.offset });
  return new Evaluation(source, scope).value(ast);
}

/** The most elements a comprehension may walk over. */
const MAX_ELEMENTS = 10_000;

/** Units of about a microsecond. */
const BUDGET = 500_000;

/** What a look into a time zone costs, in the same units. */
const TIME_ZONE = 60;

/** The longest sentence taken over from the library. */
const MAX_MESSAGE = 200;

class Evaluation {
  readonly #source: string;
  readonly #scope: Scope;
  readonly #variables = new Map<string, Value>();
  #spent = 0;

  constructor(source: string, scope: Scope) {
    this.#source = source;
    this.#scope = scope;
  }

  /** The value of a node, complete. */
  value(ast: Ast): Value {
    return bind(this.#run(ast));
  }

  #run(ast: Ast): Value {
    this.#spend(1, ast);
    switch (ast.op) {
      case "value":
        return ast.args;
      case "id":
        return this.#variable(ast.args, ast);
      case ".":
        return this.#part(ast, ast.args[0], ast.args[1]);
      case "[]":
        return this.#part(ast, ast.args[0], this.value(ast.args[1]));
      case ".?":
        return this.#optionalPart(this.#run(ast.args[0]), ast.args[1]);
      case "[?]":
        return this.#optionalPart(this.#run(ast.args[0]), this.value(ast.args[1]));
      case "call":
        return this.#call(ast, ast.args[0], ast.args[1]);
      case "rcall":
        return this.#method(ast, ast.args);
      case "list":
        return ast.args.map((item) => this.value(item));
      case "map":
        return new Map(ast.args.map(([key, item]) => [this.value(key), this.value(item)]));
      case "?:":
        return this.#run(ast.args[this.#boolean(ast.args[0]) ? 1 : 2]);
      case "||":
        return this.#either(ast.args, true);
      case "&&":
        return this.#either(ast.args, false);
      case "!_":
      case "-_":
        return this.#apply(ast, [this.value(ast.args)], ([a]) => applyUnary(ast.op[0]!, a));
      default: {
        const [a, b] = [this.value(ast.args[0]), this.value(ast.args[1])];
        // CEL compares anything with null; the library refuses
        if ((ast.op === "==" || ast.op === "!=") && (a === null || b === null)) {
          return (a === b) === (ast.op === "==");
        }
        return this.#apply(ast, [a, b], () => applyBinary(ast.op, a, b));
      }
    }
  }

  #variable(name: string, ast: Ast): Value {
    if (this.#variables.has(name)) return this.#variables.get(name);
    if (Object.hasOwn(this.#scope, name)) {
      return new Raw(this.#scope[name as keyof Scope] as unknown as { [key: string]: JsonValue });
    }
    if (isConstant(name)) return constantOf(name);
    throw this.#error(ast, `there is no ${name}`);
  }

  #part(ast: Ast, from: Ast, key: Value): Value {
    const whole = this.#run(from);
    if (whole instanceof Optional) return this.#optionalPart(whole, key);
    if (!hasParts(whole)) throw this.#error(ast, `${this.#text(from)} has no parts`);
    const found = part(whole, key);
    if (found === undefined) throw this.#missing(ast);
    return found;
  }

  #optionalPart(whole: Value, key: Value): Value {
    if (!(whole instanceof Optional)) return toOptional(part(whole, key));
    return whole.hasValue() ? toOptional(part(whole.value(), key)) : whole;
  }

  #call(ast: Ast, name: string, args: readonly Ast[]): Value {
    if (name === "has" && args.length === 1 && args[0]!.op === ".") {
      const [from, key] = args[0]!.args;
      return part(this.#run(from), key) !== undefined;
    }
    const values = args.map((arg) => this.value(arg));
    return this.#apply(ast, values, () => applyCall(name, values));
  }

  #method(ast: Ast, [name, from, args]: readonly [string, Ast, Ast[]]): Value {
    if (COMPREHENSIONS.includes(name) && args[0]?.op === "id") {
      return this.#comprehension(name, this.#run(from), {
        ast,
        variable: args[0].args,
        args: args.slice(1),
      });
    }
    const receiver = this.#run(from);
    if (receiver instanceof Optional) return this.#optional(ast, receiver, { name, args });
    const value = bind(receiver);
    const values = args.map((arg) => this.value(arg));
    if (value instanceof Date) this.#spend(TIME_ZONE, ast);
    if (name === "matches" && typeof value === "string" && typeof values[0] === "string") {
      return this.#matches(ast, value, values[0]);
    }
    return this.#apply(ast, [value, ...values], () => applyCall(name, values, { value }));
  }

  #optional(
    ast: Ast,
    optional: Optional,
    { name, args }: { readonly name: string; readonly args: readonly Ast[] },
  ): Value {
    if (name === "hasValue") return optional.hasValue();
    if (name === "orValue" && args.length === 1) {
      return optional.hasValue() ? optional.value() : this.#run(args[0]!);
    }
    if (name === "or" && args.length === 1) {
      return optional.hasValue() ? optional : this.#run(args[0]!);
    }
    if (name === "value" && optional.hasValue()) return optional.value();
    if (name === "value") throw this.#missing(ast);
    throw this.#error(ast, `${name} cannot be called on an optional value`);
  }

  #comprehension(
    name: string,
    over: Value,
    { ast, variable, args }: {
      readonly ast: Ast;
      readonly variable: string;
      readonly args: readonly Ast[];
    },
  ): Value {
    // map takes what to make of each element last; in front of it a test may stand, as in the others
    const transform = name === "map" ? args.at(-1) : undefined;
    const test = name === "map" && args.length === 1 ? undefined : args[0];
    const outer = this.#variables.get(variable);
    const withItem = <T>(evaluate: (body: Ast) => T, body: Ast) => (item: Value): T => {
      this.#variables.set(variable, item);
      return evaluate(body);
    };
    try {
      return walk(name, this.#items(ast, over), {
        test: test && withItem((body) => this.#boolean(body), test),
        transform: transform && withItem((body) => this.value(body), transform),
        isFatal: isCost,
      });
    } finally {
      if (outer === undefined) this.#variables.delete(variable);
      else this.#variables.set(variable, outer);
    }
  }

  #items(ast: Ast, over: Value): readonly Value[] {
    const value = over instanceof Raw ? bind(over) : over;
    const items = Array.isArray(value)
      ? value
      : value instanceof Map
      ? [...value.keys()]
      : undefined;
    if (!items) throw this.#error(ast, "expected a list or a map to walk over");
    if (items.length <= MAX_ELEMENTS) return items;
    const message = `expected at most ${MAX_ELEMENTS} elements to walk over, found ${items.length}`;
    throw this.#error(ast, message, { code: "expression_cost" });
  }

  #either([left, right]: readonly [Ast, Ast], decides: boolean): boolean {
    try {
      if (this.#boolean(left) === decides) return decides;
    } catch (error) {
      // CEL: an error on one side does not matter when the other side decides
      if (isCost(error) || this.#boolean(right) !== decides) throw error;
      return decides;
    }
    return this.#boolean(right);
  }

  #boolean(ast: Ast): boolean {
    const value = this.#run(ast);
    if (typeof value === "boolean") return value;
    throw this.#error(ast, `expected true or false, ${this.#text(ast)} is neither`);
  }

  #matches(ast: Ast, text: string, pattern: string): boolean {
    try {
      const regexp = regexpOf(pattern);
      this.#spend(regexp.cost(text) >> 5, ast);
      return regexp.test(text);
    } catch (error) {
      if (error instanceof PatternError) throw this.#error(ast, `matches: ${error.message}`);
      throw error;
    }
  }

  #apply(ast: Ast, values: readonly Value[], apply: (values: readonly Value[]) => Value): Value {
    this.#spend(values.reduce<number>((sum, value) => sum + weight(value), 1), ast);
    try {
      const result = apply(values);
      this.#spend(weight(result), ast);
      return result;
    } catch (error) {
      if (error instanceof ExpressionError) throw error;
      throw this.#error(ast, this.#reason(ast, error));
    }
  }

  /** What the library says may quote an operand; beside a secret nothing is quoted. */
  #reason(ast: Ast, error: unknown): string {
    if (/\bsecrets\b/.test(this.#source)) return `${this.#text(ast)} cannot be evaluated`;
    const summary = summaryOf(error);
    return summary.length > MAX_MESSAGE ? `${summary.slice(0, MAX_MESSAGE)}…` : summary;
  }

  #spend(units: number, ast: Ast): void {
    this.#spent += units;
    if (this.#spent > BUDGET) {
      throw this.#error(ast, "the expression costs too much with these values", {
        code: "expression_cost",
      });
    }
  }

  #missing(ast: Ast): ExpressionError {
    const text = this.#text(ast);
    const [, task, output] =
      /^tasks(?:\.|\[["'])([\w-]+)(?:["']\])?\.outputs\W+([\w-]+)/.exec(text) ?? [];
    const hint = task === undefined
      ? undefined
      : `task ${task} has not set its output ${output}; .?${output}.orValue(…) tolerates that`;
    return this.#error(ast, `${text} has no value`, { hint });
  }

  #text(ast: Ast): string {
    return this.#source.slice(ast.start, ast.end);
  }

  #error(
    ast: Ast,
    message: string,
    options: { readonly code?: ProblemCode; readonly hint?: string | undefined } = {},
  ): ExpressionError {
    return new ExpressionError(message, { ...options, offset: ast.start });
  }
}

function toOptional(value: Value): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

function isCost(error: unknown): boolean {
  return error instanceof ExpressionError && error.code === "expression_cost";
}
