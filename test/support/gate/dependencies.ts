import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isTest, zoneOf } from "../../lint/judge-import.ts";
import { parseImports } from "./imports.ts";
import { listFiles, ROOT } from "./repository.ts";

/** What is known of the packages we use. */
export interface DependencyFacts {
  /** Names under `dependencies` of package.json. */
  readonly declared: readonly string[];
  /** Package → the zones whose code imports it; tests do not count. */
  readonly importedIn: ReadonlyMap<string, ReadonlySet<string>>;
  /** The text of all decision records. */
  readonly decisions: string;
}

/** Packages that bring a program or run nowhere in our code, with the reason. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  node: "the runtime",
  deno: "the runtime",
};

/** Packages of which one more zone may import types or its own half, with the reason. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  "hono": ["core/http", "protocol/http"],
  "yaml": ["core/config", "core/pipeline"],
  "@grpc/grpc-js": ["core/host", "protocol/sdk/typescript"],
};

/** What is wrong with our use of packages, a sentence each. */
export function judgeDependencies(facts: DependencyFacts): readonly string[] {
  return facts.declared.flatMap((name) => {
    const zones = [...facts.importedIn.get(name) ?? []].sort();
    const problems = [];
    if (zones.length === 0 && !Object.hasOwn(NOT_IMPORTED, name)) {
      problems.push(`${name} is a dependency that nothing imports: remove it`);
    }
    if (zones.length > 1 && zones.some((zone) => !SHARED[name]?.includes(zone))) {
      problems.push(`${name} is imported in ${zones.join(" and ")}: one folder is wanted`);
    }
    if (!facts.decisions.includes(`\`${name}\``)) {
      problems.push(`${name} has no reason in docs/decisions: write one`);
    }
    return problems;
  });
}

/** Reads the facts of this repository. */
export function readFacts(): DependencyFacts {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const importedIn = new Map<string, Set<string>>();
  for (const file of listFiles(".ts", ["core", "protocol", "plugins", "cli"])) {
    const zone = zoneOf(file);
    if (isTest(file) || zone === undefined) continue;
    const source = readFileSync(join(ROOT, file), "utf8");
    const specifiers = [
      ...parseImports(source).map(({ specifier }) => specifier),
      ...[...source.matchAll(/\bimport\("([^".][^"]*)"\)/g)].map((match) => match[1]!),
    ];
    for (const specifier of specifiers) {
      const name = packageOf(specifier);
      if (name === undefined) continue;
      importedIn.set(name, (importedIn.get(name) ?? new Set()).add(zone));
    }
  }
  const folder = join(ROOT, "docs/decisions");
  const decisions = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return {
    declared: Object.keys(manifest.dependencies),
    importedIn,
    decisions: decisions.join("\n"),
  };
}

function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

if (import.meta.main) {
  const facts = readFacts();
  const problems = judgeDependencies(facts);
  for (const problem of problems) console.error(problem);
  console.log(`${facts.declared.length} dependencies, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
