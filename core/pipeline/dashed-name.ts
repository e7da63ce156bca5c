import type { Mistake, Names } from "./names.ts";

/**
 * `tasks.after-bad` reads as `tasks.after` minus `bad`. When an expression that holds such a thing is
 * wrong, that is what is wrong with it. Names are looked for in the text, because it may not parse.
 */
export function dashedName(source: string, names: Names): Mistake | undefined {
  for (const match of source.matchAll(DASHED)) {
    const [, root, dashed] = match as unknown as readonly [string, string, string];
    const known = longestKnown(dashed, knownUnder(root, names));
    if (root !== "secrets" && known === undefined) continue;
    const name = known ?? dashed;
    const [first, ...rest] = name.split("-");
    return {
      code: "bad_expression",
      offset: match.index,
      message: `${root}.${name} reads as ${root}.${first} minus ${rest.join(" minus ")}`,
      hint: `write ${root}["${name}"]`,
    };
  }
  return undefined;
}

const DASHED = /\b(params|secrets|tasks|outputs)\s*\.\??\s*([A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)+)/g;

function knownUnder(root: string, names: Names): ReadonlySet<string> {
  if (root === "params") return names.params;
  if (root === "tasks") return new Set(names.tasks.keys());
  if (root === "secrets") return new Set();
  return new Set([...names.tasks.values()].flatMap(({ outputs }) => [...outputs]));
}

function longestKnown(dashed: string, known: ReadonlySet<string>): string | undefined {
  for (let name = dashed; name.includes("-"); name = name.slice(0, name.lastIndexOf("-"))) {
    if (known.has(name)) return name;
  }
  return undefined;
}
