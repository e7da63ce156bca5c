import { readDocument } from "./document.ts";
import type { Node } from "./node.ts";
import type { PipelineProblem } from "./pipeline.ts";
import { type ProblemCode, Problems } from "./problem.ts";

/**
 * A problem that only the server can see, at its place in the file: at the value under `path` (keys
 * from the root), or at the last key of it that is there.
 */
export function placeProblem(
  text: string,
  problem: {
    readonly path: readonly string[];
    readonly code: ProblemCode;
    readonly message: string;
    readonly hint?: string;
  },
): PipelineProblem {
  const { path, ...rest } = problem;
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  const problems = new Problems(plain);
  const root = readDocument(plain, new Problems(plain));
  problems.add({ ...rest, at: root ? placeOf(root, path) : 0 });
  return problems.list()[0]!;
}

function placeOf(root: Node, path: readonly string[]): number {
  let node = root;
  let at = root.at;
  for (const key of path) {
    const entry = node.kind === "map" ? node.entries.find((e) => e.key === key) : undefined;
    if (!entry) return at;
    node = entry.value;
    at = entry.keyAt;
  }
  return node.at;
}
