import type { Ast } from "./cel.ts";
import type { Mistake, Site } from "./names.ts";
import { childrenOf, mentionsOf } from "./references.ts";

/**
 * Secrets that stand where they may not: anywhere but in `env`, and there as an operand of anything
 * but `+`. A comparison or a function would tell something about the value.
 */
export function checkSecrets(ast: Ast, site: Site): readonly Mistake[] {
  if (site.kind !== "env") {
    return secretsIn(ast).map(({ name, at }) => ({
      code: "secret_place",
      offset: at,
      message: `the secret ${name} may not stand in ${site.kind}`,
      hint: inEnv(name),
    }));
  }
  return operandsOf(ast).flatMap((operand) => {
    if (isSecret(operand)) return [];
    return secretsIn(operand).map(({ name, at }) => ({
      code: "secret_place",
      offset: at,
      message: `the secret ${name} may not be an operand of anything but +`,
      hint: "use it bare, inside a text, or joined by +",
    }));
  });
}

/** Names and places of the secrets that an expression mentions by name. */
export function secretsIn(ast: Ast): readonly { readonly name: string; readonly at: number }[] {
  return mentionsOf(ast).references
    .filter(({ root }) => root === "secrets")
    .flatMap(({ at, keys }) => keys[0]?.name === undefined ? [] : [{ name: keys[0].name, at }]);
}

function operandsOf(ast: Ast): readonly Ast[] {
  return ast.op === "+" ? childrenOf(ast).flatMap(operandsOf) : [ast];
}

function isSecret(ast: Ast): boolean {
  return (ast.op === "." || ast.op === "[]") && ast.args[0].op === "id" &&
    ast.args[0].args === "secrets";
}

function inEnv(name: string): string {
  const variable = variableName(name);
  const access = /^[A-Za-z_]\w*$/.test(name) ? `secrets.${name}` : `secrets['${name}']`;
  return `write env: {${variable}: "\${{ ${access} }}"} and read $${variable} there`;
}

/** A name for an environment variable: `crawl-token` → `CRAWL_TOKEN`. */
export function variableName(name: string): string {
  const upper = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/\W/g, "_").toUpperCase();
  return /^[A-Z_]/.test(upper) ? upper : `_${upper}`;
}
