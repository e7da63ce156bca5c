import { type Compiled, FUNCTIONS } from "./cel.ts";
import { checkReference } from "./check-reference.ts";
import { checkSecrets, secretsIn, variableName } from "./check-secrets.ts";
import { dashedName } from "./dashed-name.ts";
import type { Mistake, Names, Site } from "./names.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import { type Mentions, mentionsOf } from "./references.ts";
import { PatternError } from "./regexp-parse.ts";
import { Regexp } from "./regexp.ts";
import type { Ast } from "./cel.ts";
import { childrenOf } from "./references.ts";

/** Everything that can be said to be wrong with an expression before it has values. */
export function checkExpression(
  compiled: Compiled,
  { names, site }: { readonly names: Names; readonly site: Site },
): readonly Mistake[] {
  const { ast } = compiled;
  const mentions = mentionsOf(ast);
  const undefinedNames = mentions.references.flatMap((reference) =>
    checkReference(reference, { names, site }) ?? []
  );
  const mistakes = [
    ...undefinedNames,
    ...mentions.calls.flatMap(checkCall),
    ...checkCost(mentions),
    ...checkPatterns(ast),
  ];
  if (mistakes.length > 0) {
    const dashed = dashedName(compiled.source, names);
    if (dashed) return [dashed];
  }
  if (mistakes.length === 0) mistakes.push(...checkType(compiled, site));
  return [...mistakes, ...checkSecrets(ast, site), ...checkShell(compiled, site)];
}

function checkCall({ name, at }: Mentions["calls"][number]): readonly Mistake[] {
  if (FUNCTIONS.has(name)) return [];
  const hint = didYouMean(name, FUNCTIONS);
  return [{ code: "undefined_name", offset: at, message: `there is no function ${name}`, hint }];
}

function checkCost({ calls, oddLiterals }: Mentions): readonly Mistake[] {
  const walks = calls.filter(({ comprehension }) => comprehension);
  const costly = walks.slice(1).map(({ name, at }): Mistake => ({
    code: "expression_cost",
    offset: at,
    message:
      `expected at most one of all, exists, exists_one, map and filter, found another: ${name}`,
    hint: "compute the rest in a task and declare it as an output",
  }));
  return [
    ...costly,
    ...oddLiterals.map((offset): Mistake => ({
      code: "bad_expression",
      offset,
      message: "bytes and unsigned integers do not exist here",
      hint: "use a text or an integer",
    })),
  ];
}

/** Patterns that are literals are read now rather than when the run is there. */
function checkPatterns(ast: Ast): readonly Mistake[] {
  const below = childrenOf(ast).flatMap(checkPatterns);
  if (ast.op !== "rcall" || ast.args[0] !== "matches") return below;
  const pattern = ast.args[2][0];
  if (pattern?.op !== "value" || typeof pattern.args !== "string") return below;
  try {
    new Regexp(pattern.args);
    return below;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return [...below, { code: "bad_pattern", offset: pattern.start, message: error.message }];
  }
}

function checkType({ type, mistake, source }: Compiled, site: Site): readonly Mistake[] {
  if (mistake) {
    const hint = source.includes("has(") && mistake.message.includes("has()")
      ? 'has takes a path of dots; for names with - write tasks["a-b"].outputs.?n.hasValue()'
      : undefined;
    return [{ code: "bad_expression", ...mistake, hint }];
  }
  if (site.kind !== "when" || type === "bool" || type === "dyn") return [];
  const message = `expected true or false, found ${type}`;
  return [{ code: "bad_expression", offset: 0, message, hint: "compare it with something" }];
}

function checkShell({ source, ast }: Compiled, site: Site): readonly Mistake[] {
  if (site.kind !== "run" && site.kind !== "shell") return [];
  if (secretsIn(ast).length > 0 || isRunNumber(ast)) return [];
  const last = mentionsOf(ast).references[0]?.keys.at(-1)?.name ?? "value";
  const variable = variableName(last);
  const expression = source.trim();
  const quote = expression.includes('"') ? "'" : '"';
  return [{
    code: "shell_text",
    offset: -"${{".length,
    message: `${expression} may not stand in text that a shell reads`,
    hint:
      `write env: {${variable}: ${quote}\${{ ${expression} }}${quote}}, then "$${variable}" here`,
  }];
}

/** `run.id` and `run.number` are digits, whoever starts the run. */
function isRunNumber(ast: Ast): boolean {
  return ast.op === "." && ast.args[0].op === "id" && ast.args[0].args === "run" &&
    (ast.args[1] === "id" || ast.args[1] === "number");
}
