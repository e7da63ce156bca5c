import { type ASTNode, Environment, Optional, ParseError } from "@marcbachmann/cel-js";
import { BoundedCache } from "./bounded-cache.ts";
import { ExpressionError } from "./expression-error.ts";

/**
 * The one place that knows the CEL library. It reads and type-checks whole expressions and applies
 * single operators and functions; walking an expression is ours (evaluate.ts), because the library
 * has no bound on what an evaluation costs.
 *
 * @module
 */

/** A node of an expression. */
export type Ast = ASTNode;

/** An expression that was read and checked as far as its text alone allows. */
export interface Compiled {
  readonly source: string;
  readonly ast: Ast;
  /** The static type as CEL names it; `dyn` when it depends on values. */
  readonly type: string;
  /** What the type check found: it can never be evaluated. */
  readonly mistake?: { readonly message: string; readonly offset: number };
}

/** The longest expression, in UTF-16 units. */
const MAX_EXPRESSION = 4_096;

/** The variables of every expression. */
export const ROOTS = ["params", "secrets", "tasks", "run", "pipeline"] as const;

/** The macros that walk a list. */
export const COMPREHENSIONS: readonly string[] = ["all", "exists", "exists_one", "map", "filter"];

// JSON does not tell 2 from 2.0: a parameter of type number is an int at times
const MIXED: Readonly<Record<string, (a: bigint | number, b: bigint | number) => number>> = {
  "+": (a, b) => Number(a) + Number(b),
  "-": (a, b) => Number(a) - Number(b),
  "*": (a, b) => Number(a) * Number(b),
  "/": (a, b) => Number(a) / Number(b),
};

const environment = createEnvironment();
const dynamic = createEnvironment({ unlistedVariablesAreDyn: true });
const compiled = new BoundedCache<Compiled>({ entries: 2_048, chars: 262_144 });
const single = new BoundedCache<(scope: Record<string, unknown>) => unknown>({
  entries: 1_024,
  chars: 65_536,
});

/** Reads an expression. @throws {ExpressionError} with the offset of what is wrong */
export function compile(source: string): Compiled {
  return compiled.get(source, parse);
}

/** The offset of the `}}` that ends the expression at `from`. @throws {ExpressionError} */
export function expressionEnd(text: string, from: number): number {
  // the parser stops at the first token that cannot go on with the expression: that is where it ends
  const rest = text.slice(from, from + MAX_EXPRESSION + 2);
  const error = parseFailure(rest);
  const at = error?.offset ?? rest.length;
  if (rest.startsWith("}}", at)) {
    if (rest.slice(0, at).trim() === "") {
      throw new ExpressionError("expected an expression, found nothing", { offset: from });
    }
    if (error?.topLevel) return from + at;
  }
  if (rest.length === MAX_EXPRESSION + 2 && !rest.includes("}}")) {
    const message = `expected }} within ${MAX_EXPRESSION} characters, found none`;
    throw new ExpressionError(message, { offset: from, code: "too_large" });
  }
  const hint = "close the expression with }}";
  if (error && at < rest.length) {
    throw new ExpressionError(error.message, { offset: from + at, hint });
  }
  throw new ExpressionError("expected }} behind the expression, found the end", {
    offset: from,
    hint,
  });
}

/** Applies a binary operator to two values. */
export function applyBinary(operator: string, a: unknown, b: unknown): unknown {
  return single.get(`a ${operator} b`, environmentOfOne)({ a, b });
}

/** Applies `!` or `-`. */
export function applyUnary(operator: string, a: unknown): unknown {
  return single.get(`${operator}a`, environmentOfOne)({ a });
}

/** Calls a function, or a method when there is a receiver. */
export function applyCall(
  name: string,
  args: readonly unknown[],
  receiver?: { readonly value: unknown },
): unknown {
  const list = args.map((_, i) => `a${i}`).join(", ");
  const scope = Object.fromEntries(args.map((value, i) => [`a${i}`, value]));
  const source = receiver ? `r.${name}(${list})` : `${name}(${list})`;
  return single.get(source, environmentOfOne)(receiver ? { ...scope, r: receiver.value } : scope);
}

/** The value of a name for which {@link isConstant} is true. */
export function constantOf(name: string): unknown {
  return single.get(name, environmentOfOne)({});
}

/** Names of all functions and methods. */
export const FUNCTIONS: ReadonlySet<string> = functionNames();

/** An optional value: what `.?` answers. */
export { Optional };

/** What the library threw while evaluating, as a sentence without its drawing of the place. */
export function summaryOf(error: unknown): string {
  const summary = (error as { readonly summary?: unknown }).summary;
  const message = typeof summary === "string" ? summary : (error as Error).message;
  const line = message.split("\n", 1)[0]!;
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function environmentOfOne(source: string): (scope: Record<string, unknown>) => unknown {
  return dynamic.parse(source);
}

function createEnvironment(
  options: { readonly unlistedVariablesAreDyn?: boolean } = {},
): Environment {
  const created = new Environment({
    ...options,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 2_000, maxDepth: 32 },
  });
  if (!options.unlistedVariablesAreDyn) {
    for (const root of ROOTS) {
      created.registerVariable(root, root === "secrets" ? "map<string, string>" : "map");
    }
  }
  for (const [operator, apply] of Object.entries(MIXED)) {
    created.registerOperator(`int ${operator} double`, apply);
    created.registerOperator(`double ${operator} int`, apply);
  }
  return created;
}

function functionNames(): ReadonlySet<string> {
  return new Set(environment.getDefinitions().functions.map(({ name }) => name));
}

function parse(source: string): Compiled {
  if (source.trim() === "") throw new ExpressionError("expected an expression, found nothing");
  if (source.length > MAX_EXPRESSION) {
    const message = `expected at most ${MAX_EXPRESSION} characters, found ${source.length}`;
    throw new ExpressionError(message, { code: "too_large" });
  }
  let parsed: ReturnType<Environment["parse"]>;
  try {
    parsed = environment.parse(source);
  } catch (error) {
    throw new ExpressionError(inWords(summaryOf(error)), { offset: offsetOf(error), cause: error });
  }
  const { ast } = parsed;
  const { type, error } = parsed.check();
  if (!error) return { source, ast, type: type ?? "dyn" };
  return {
    source,
    ast,
    type: "dyn",
    mistake: { message: summaryOf(error), offset: offsetOf(error) },
  };
}

/** Why a text is not one whole expression; undefined when it is. */
function parseFailure(
  text: string,
): { readonly message: string; readonly offset: number; readonly topLevel: boolean } | undefined {
  try {
    environment.parse(text);
    return undefined;
  } catch (error) {
    const topLevel = error instanceof ParseError && error.code === "unexpected_character";
    return { message: inWords(summaryOf(error)), offset: offsetOf(error), topLevel };
  }
}

function offsetOf(error: unknown): number {
  return (error as { readonly range?: { readonly start: number } }).range?.start ?? 0;
}

const LIMITS: Readonly<Record<string, string>> = {
  maxAstNodes: "parts of an expression",
  maxDepth: "levels of nesting",
  maxListElements: "elements of a list",
  maxMapEntries: "entries of a map",
  maxCallArguments: "arguments",
};

/** Token names of the library's messages, as they are written. */
const TOKENS: Readonly<Record<string, string>> = {
  EOF: "the end",
  LPAREN: "(",
  RPAREN: ")",
  LBRACKET: "[",
  RBRACKET: "]",
  LBRACE: "{",
  RBRACE: "}",
  DOT: ".",
  COMMA: ",",
  COLON: ":",
  QUESTION: "?",
  PLUS: "+",
  MINUS: "-",
  MULTIPLY: "*",
  DIVIDE: "/",
  MODULO: "%",
  EQ: "==",
  NE: "!=",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
  AND: "&&",
  OR: "||",
  NOT: "!",
  IN: "in",
  IDENTIFIER: "a name",
  NUMBER: "a number",
  STRING: "a text",
  BOOLEAN: "true or false",
  NULL: "null",
  BYTES: "bytes",
};

function inWords(message: string): string {
  const limit = /^exceeded (max\w+) \((\d+)\)/.exec(message);
  if (limit) return `expected at most ${limit[2]} ${LIMITS[limit[1]!] ?? "parts"}, found more`;
  return message.replace(/\b[A-Z]{2,}\b/g, (word) => TOKENS[word] ?? word);
}

/** True for names that CEL itself defines and that are of use here: its types. */
export function isConstant(name: string): boolean {
  return environment.hasVariable(name) && !["cel", "google", "optional"].includes(name);
}
