import { COMPLETION_SHELLS, completionScript } from "../completion/script.ts";
import { loadCompletionTree } from "../completion/tree.ts";
import { defineCommand } from "../command.ts";

type Shell = (typeof COMPLETION_SHELLS)[number];

/** `errand completion SHELL` */
export const command = defineCommand<Record<never, never>, [Shell]>({
  brief: "print the completion script of a shell",
  description: "Prints a script that completes commands, options and their values.",
  examples: [
    ['eval "$(errand completion bash)"', "bash, zsh: for this session; in ~/.bashrc for all"],
    ["errand completion fish > ~/.config/fish/completions/errand.fish", "fish: for good"],
  ],
  flags: {},
  args: {
    kind: "tuple",
    parameters: [{
      brief: COMPLETION_SHELLS.join(", "),
      parse: parseShell,
      placeholder: "SHELL",
      proposeCompletions: () => COMPLETION_SHELLS,
    }],
  },
  async run(context, _flags, shell) {
    const { loadRoutes } = await import("../app.ts");
    const { COMMANDS } = await import("../table.ts");
    const tree = await loadCompletionTree(await loadRoutes(COMMANDS), context);
    context.process.stdout.write(completionScript(shell, tree));
  },
});

function parseShell(input: string): Shell {
  const shell = COMPLETION_SHELLS.find((name) => name === input);
  if (shell) return shell;
  throw new Error(`wanted one of ${COMPLETION_SHELLS.join(", ")}, found ${JSON.stringify(input)}`);
}
