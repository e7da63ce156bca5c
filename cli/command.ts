import {
  type Aliases,
  buildCommand,
  type Command,
  type FlagParametersForType,
  type TypedPositionalParameters,
} from "@stricli/core";
import type { CliContext } from "./context.ts";
import { type Example, formatCommandHelp } from "./output/command-help.ts";

/** A command as its file describes it. */
export interface CommandSpec<
  FLAGS extends Readonly<Record<string, unknown>>,
  ARGS extends readonly unknown[],
> {
  /** One line for lists. */
  readonly brief: string;
  /** More than the brief, for its own help. */
  readonly description?: string;
  /** At least one. */
  readonly examples: readonly Example[];
  readonly flags: FlagParametersForType<FLAGS, CliContext>;
  readonly aliases?: Aliases<keyof FLAGS & string>;
  readonly args: TypedPositionalParameters<ARGS, CliContext>;
  /** Does it. Answers the exit code; nothing = 0. */
  readonly run: (context: CliContext, flags: FLAGS, ...args: ARGS) => Promise<number | void>;
}

/** A command for the argument parser: its help ends with examples, its answer is the exit code. */
export function defineCommand<
  FLAGS extends Readonly<Record<string, unknown>>,
  ARGS extends readonly unknown[],
>(spec: CommandSpec<FLAGS, ARGS>): Command<CliContext> {
  const command = buildCommand<FLAGS, ARGS, CliContext>({
    async func(flags, ...args) {
      this.process.exitCode = await spec.run(this, flags, ...args) ?? 0;
    },
    parameters: {
      flags: spec.flags,
      positional: spec.args,
      ...(spec.aliases ? { aliases: spec.aliases } : {}),
    } as unknown as Parameters<typeof buildCommand<FLAGS, ARGS, CliContext>>[0]["parameters"],
    docs: { brief: spec.brief, fullDescription: spec.description ?? spec.brief },
  });
  return { ...command, formatHelp: (args) => formatCommandHelp(command, spec.examples, args) };
}
