import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { FAILPOINTS } from "../../../../core/kernel/failpoint.ts";
import { listFiles, ROOT } from "../repository.ts";
import { page } from "./markdown.ts";

/** `reliability.md`: the faults that are tested, by the names of their tests. */
export function reliabilityPage(): string {
  const files = listFiles(".test.ts", ["test/faults", "test/simulation"]);
  return page("Reliability", "the tests in `test/faults` and `test/simulation`", [
    "What is broken on purpose, on Node and on Deno, each time all tests are run. A sentence is a " +
    "test that passes.",
    ...files.flatMap((file) => {
      const names = testNames(readFileSync(join(ROOT, file), "utf8"));
      return [
        `## ${basename(file, ".test.ts").replaceAll("-", " ")}`,
        names.map((name) => `* ${name}`).join("\n"),
        `\`${file}\``,
      ];
    }),
    "## Where a server is killed",
    "`kill -9` at each of these places: " + FAILPOINTS.map((name) => `\`${name}\``).join(", ") +
    ".",
  ]);
}

/** Names of tests with those of their groups; a part that is computed shows as `…`. */
export function testNames(source: string): readonly string[] {
  const groups: { readonly depth: number; readonly name: string }[] = [];
  const names: string[] = [];
  for (const [, indent = "", call = "", plain, template = ""] of source.matchAll(CALL)) {
    const name: string = plain === undefined
      ? template.replace(/\$\{[^}]*\}/g, "…")
      : JSON.parse(`"${plain}"`);
    while (groups.length > 0 && groups.at(-1)!.depth >= indent.length) groups.pop();
    if (call === "describe") groups.push({ depth: indent.length, name });
    else names.push([...groups.map((group) => group.name), name].join(" "));
  }
  return names;
}

const CALL =
  /^( *)(?:await\s+)?(describe|test|it|t\.test)\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/gm;
