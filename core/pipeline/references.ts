import { type Ast, COMPREHENSIONS } from "./cel.ts";

/** A name of the scope that an expression looks at, with the path it takes from there. */
export interface Reference {
  readonly root: string;
  /** Offset of the root in the expression. */
  readonly at: number;
  readonly end: number;
  /** Keys as far as they are literal; `name` undefined = computed. */
  readonly keys: readonly { readonly name: string | undefined; readonly at: number }[];
}

/** A function or method that an expression calls. */
interface Call {
  readonly name: string;
  readonly at: number;
  /** True for a macro that walks a list, with how many such macros it stands in. */
  readonly comprehension: boolean;
  readonly inside: number;
}

/** What an expression looks at and calls, in the order of its text. */
export interface Mentions {
  readonly references: readonly Reference[];
  readonly calls: readonly Call[];
  /** Offsets of literals of kinds that no value here has: bytes and unsigned integers. */
  readonly oddLiterals: readonly number[];
}

/** Everything an expression mentions. Variables of macros are not references. */
export function mentionsOf(ast: Ast): Mentions {
  const collector = new Collector();
  collector.visit(ast, { locals: [], inside: 0 });
  return collector;
}

/** The names directly under a root: `secrets` → names of secrets. */
export function namesIn(ast: Ast, root: string): readonly string[] {
  return mentionsOf(ast).references.flatMap((reference) => {
    const name = reference.keys[0]?.name;
    return reference.root === root && name !== undefined ? [name] : [];
  });
}

/** The nodes directly below a node. */
export function childrenOf(ast: Ast): readonly Ast[] {
  switch (ast.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [ast.args[0]];
    case "call":
      return ast.args[1];
    case "rcall":
      return [ast.args[1], ...ast.args[2]];
    case "map":
      return ast.args.flat();
    case "!_":
    case "-_":
      return [ast.args];
    default:
      return ast.args;
  }
}

interface Context {
  readonly locals: readonly string[];
  readonly inside: number;
}

class Collector implements Mentions {
  readonly references: Reference[] = [];
  readonly calls: Call[] = [];
  readonly oddLiterals: number[] = [];

  visit(ast: Ast, context: Context): void {
    if (ast.op === "value") {
      if (ast.args !== null && typeof ast.args === "object") this.oddLiterals.push(ast.start);
      return;
    }
    if (
      ast.op === "id" || ast.op === "." || ast.op === ".?" || ast.op === "[]" || ast.op === "[?]"
    ) {
      return this.#chain(ast, context);
    }
    if (ast.op === "call") {
      const [name] = ast.args;
      this.calls.push({ name, at: ast.start, comprehension: false, inside: context.inside });
    }
    if (ast.op === "rcall") return this.#method(ast.args, ast, context);
    for (const child of childrenOf(ast)) this.visit(child, context);
  }

  #method([name, receiver, args]: readonly [string, Ast, Ast[]], ast: Ast, context: Context): void {
    this.visit(receiver, context);
    const variable = COMPREHENSIONS.includes(name) && args[0]?.op === "id"
      ? args[0].args
      : undefined;
    const at = ast.start;
    this.calls.push({ name, at, comprehension: variable !== undefined, inside: context.inside });
    const below = variable === undefined
      ? context
      : { locals: [...context.locals, variable], inside: context.inside + 1 };
    for (const arg of variable === undefined ? args : args.slice(1)) this.visit(arg, below);
  }

  #chain(ast: Ast, context: Context): void {
    const keys: { name: string | undefined; at: number }[] = [];
    let base = ast;
    while (base.op === "." || base.op === ".?" || base.op === "[]" || base.op === "[?]") {
      if (base.op === "." || base.op === ".?") keys.unshift({ name: base.args[1], at: base.pos });
      else {
        const key = base.args[1];
        const name = key.op === "value" && typeof key.args === "string" ? key.args : undefined;
        keys.unshift({ name, at: key.start });
        if (name === undefined) this.visit(key, context);
      }
      base = base.args[0];
    }
    if (base.op !== "id") this.visit(base, context);
    else if (!context.locals.includes(base.args)) {
      this.references.push({ root: base.args, at: base.start, end: ast.end, keys });
    }
  }
}
