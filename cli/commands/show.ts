import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatRunDetail } from "../output/run-detail.ts";
import { runArgument } from "../run-argument.ts";

/** `errand show RUN` */
export const command = defineCommand<ServerFlags, [string]>({
  brief: "show a run with its tasks",
  examples: [
    ["errand show @last", "show the last run"],
    ["errand show nightly-report#42 --json", "print it as one line of JSON"],
  ],
  flags: serverFlags,
  aliases: serverAliases,
  args: { kind: "tuple", parameters: [runArgument] },
  async run(context, flags, reference) {
    const run = await (await connect(context, flags)).runs.get(reference);
    const { stdout } = context.process;
    if (flags.json) writeJson(stdout, run);
    else stdout.write(formatRunDetail(run, stdout));
  },
});
