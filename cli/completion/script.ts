import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import type { CompletionNode } from "./tree.ts";
import { zshScript } from "./zsh.ts";

/** The shells that have a script. */
export const COMPLETION_SHELLS = ["bash", "zsh", "fish"] as const;

/** The completion script of a shell for the command tree. */
export function completionScript(
  shell: (typeof COMPLETION_SHELLS)[number],
  tree: CompletionNode,
): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](tree);
}
