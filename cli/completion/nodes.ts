import type { CompletionNode } from "./tree.ts";

/** A node and all below it. */
export function allNodes(node: CompletionNode): readonly CompletionNode[] {
  return [node, ...node.children.flatMap(allNodes)];
}

/** The word that leads to a node. */
export function lastWord(node: CompletionNode): string {
  return node.route.slice(node.route.lastIndexOf("/") + 1);
}

/** The options that may stand before a command and take a value. */
export const LEADING_OPTIONS = ["-n", "--namespace", "--data"] as const;
