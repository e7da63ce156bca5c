import type { Command } from "@stricli/core";
import type { CliContext } from "./context.ts";

/** Loads the file of one command, which is all that a call of it costs. */
export type CommandLoader = () => Promise<{ readonly command: Command<CliContext> }>;

/** A verb, or a noun with verbs. */
export type CommandEntry =
  | { readonly load: CommandLoader }
  | { readonly brief: string; readonly verbs: Readonly<Record<string, CommandLoader>> };

/** The groups of the list of commands, in its order. */
export const COMMAND_GROUPS: readonly {
  readonly title: string;
  readonly commands: readonly string[];
}[] = [
  { title: "START", commands: ["demo", "dev", "serve", "do"] },
  { title: "PIPELINES", commands: ["validate", "apply", "diff", "pipeline"] },
  {
    title: "RUNS",
    commands: ["run", "runs", "show", "logs", "cancel", "rerun", "status"],
  },
  { title: "THIS INSTALLATION", commands: ["doctor", "config", "completion", "version"] },
];

/** Every command. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  apply: { load: () => import("./commands/apply.ts") },
  cancel: { load: () => import("./commands/cancel.ts") },
  completion: { load: () => import("./commands/completion.ts") },
  config: { load: () => import("./commands/config.ts") },
  demo: { load: () => import("./commands/demo.ts") },
  dev: { load: () => import("./commands/dev.ts") },
  diff: { load: () => import("./commands/diff.ts") },
  do: { load: () => import("./commands/do.ts") },
  doctor: { load: () => import("./commands/doctor.ts") },
  logs: { load: () => import("./commands/logs.ts") },
  pipeline: {
    brief: "list, show and remove pipelines",
    verbs: {
      list: () => import("./commands/pipeline-list.ts"),
      show: () => import("./commands/pipeline-show.ts"),
      remove: () => import("./commands/pipeline-remove.ts"),
    },
  },
  rerun: { load: () => import("./commands/rerun.ts") },
  run: { load: () => import("./commands/run.ts") },
  runs: { load: () => import("./commands/runs.ts") },
  serve: { load: () => import("./commands/serve.ts") },
  show: { load: () => import("./commands/show.ts") },
  status: { load: () => import("./commands/status.ts") },
  validate: { load: () => import("./commands/validate.ts") },
  version: { load: () => import("./commands/version.ts") },
};

/** The plural of a noun alone lists. */
export const PLURALS: Readonly<Partial<Record<string, readonly string[]>>> = Object.freeze(
  Object.assign(Object.create(null), {
    pipelines: ["pipeline", "list"],
  }),
);
