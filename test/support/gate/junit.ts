/** How one test case ended. */
export interface TestCase {
  /** With the names of its groups, joined by ` > `. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped, where the runner tells. */
  readonly reason?: string;
}

/** The tags that matter; text between them is escaped, so none of it looks like a tag. */
const TAG = /<(\/?)(testsuite|testcase|failure|error|skipped)\b((?:\s[\w:]+="[^"]*")*)\s*\/?>/g;

/**
 * The cases of a JUnit report as Node and Deno write it. A group counts by its cases: Node lists
 * it as a suite, Deno as a case of its own beside its cases, in a suite that is the file.
 */
export function parseJunit(xml: string): readonly TestCase[] {
  const groups: string[] = [];
  const cases: TestCase[] = [];
  for (const [, closing, tag, attributes = ""] of xml.matchAll(TAG)) {
    if (tag === "testsuite") {
      if (closing) groups.pop();
      else groups.push(attribute(attributes, "name"));
    } else if (closing) continue;
    else if (tag === "testcase") {
      const path = groups.filter((group) => !group.endsWith(".ts"));
      const name = [...path, attribute(attributes, "name")].join(" > ");
      cases.push({ name, outcome: "passed" });
    } else {
      const last = cases.pop();
      if (last) cases.push(ended(last, tag === "skipped" ? attributes : undefined));
    }
  }
  const names = cases.map(({ name }) => name);
  return cases.filter(({ name }) => !names.some((other) => other.startsWith(`${name} > `)));
}

function ended(it: TestCase, skipped: string | undefined): TestCase {
  if (skipped === undefined) return { ...it, outcome: "failed" };
  const reason = attribute(skipped, "message");
  return { ...it, outcome: "skipped", ...(reason && reason !== "true" ? { reason } : {}) };
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replace(/&(#\d+|\w+);/g, (whole, entity: string) => {
    if (entity.startsWith("#")) return String.fromCodePoint(Number(entity.slice(1)));
    return ENTITIES[entity] ?? whole;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};
