import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { parseName, serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";

/** `errand pipeline remove PIPELINE` */
export const command = defineCommand<ServerFlags, [string]>({
  brief: "remove a pipeline; its runs stay readable",
  examples: [["errand pipeline remove nightly-report", "no new runs; those in progress go on"]],
  flags: serverFlags,
  aliases: serverAliases,
  args: {
    kind: "tuple",
    parameters: [{ brief: "the pipeline's name", parse: parseName, placeholder: "PIPELINE" }],
  },
  async run(context, flags, name) {
    const { pipeline, changed } = await (await connect(context, flags)).pipelines.remove(name);
    if (flags.json) writeJson(context.process.stdout, { pipeline, changed });
    else {
      context.process.stdout.write(
        changed ? `removed ${pipeline}\n` : `${pipeline} was removed before: nothing to do\n`,
      );
    }
  },
});
