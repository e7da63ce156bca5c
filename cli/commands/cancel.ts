import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { serverAliases, type ServerFlags, serverFlags, switchFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { runArgument } from "../run-argument.ts";

type Flags = ServerFlags & {
  readonly force: boolean;
};

/** `errand cancel RUN` */
export const command = defineCommand<Flags, [string]>({
  brief: "end a run",
  description:
    "Asks a run to end: nothing new starts, running tasks get their grace period, then " +
    "the `after` tasks run. With --force there is no grace and no `after`.",
  examples: [["errand cancel nightly-report#42", "end run 42 of that pipeline"]],
  flags: { ...serverFlags, force: switchFlag("skip the grace period and the `after` tasks") },
  aliases: serverAliases,
  args: { kind: "tuple", parameters: [runArgument] },
  async run(context, flags, reference) {
    const client = await connect(context, flags);
    const { id, number, changed } = await client.runs.cancel(reference, { force: flags.force });
    if (flags.json) writeJson(context.process.stdout, { id, number, changed });
    else {
      context.process.stdout.write(
        changed
          ? `cancelling run ${id}\n`
          : `run ${id} had ended or was being cancelled already: nothing to do\n`,
      );
    }
  },
});
