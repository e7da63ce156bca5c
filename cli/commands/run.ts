import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import {
  paramFlag,
  parseName,
  serverAliases,
  type ServerFlags,
  serverFlags,
  switchFlag,
} from "../flags.ts";
import { followRun } from "../follow.ts";
import { writeJson } from "../output/json-line.ts";
import { typedParamsOf } from "../params.ts";

type Flags = ServerFlags & {
  readonly param?: readonly (readonly [name: string, value: string])[];
  readonly follow: boolean;
};

/** `errand run PIPELINE` */
export const command = defineCommand<Flags, [string]>({
  brief: "start a run of a pipeline",
  description: "Starts a run of a pipeline. With --follow it shows the run to its end, and exits " +
    "with 1 when the run did not succeed; Ctrl-C then leaves the run running.",
  examples: [
    ["errand run nightly-report --follow", "start a run and watch it"],
    ["errand run nightly-report --param depth=3 --json", 'print {"id","number"} of the new run'],
  ],
  flags: {
    ...serverFlags,
    param: paramFlag,
    follow: switchFlag("show the run to its end"),
  },
  aliases: { ...serverAliases, p: "param", f: "follow" },
  args: {
    kind: "tuple",
    parameters: [{ brief: "the pipeline's name", parse: parseName, placeholder: "PIPELINE" }],
  },
  async run(context, flags, pipeline) {
    const client = await connect(context, flags);
    const params = await typedParamsOf(client, pipeline, flags.param ?? []);
    const { id, number } = await client.runs.submit(pipeline, { params });
    if (flags.follow) {
      const { json } = flags;
      return await followRun(context, { client, id }, { json, onInterrupt: "detach" });
    }
    if (flags.json) writeJson(context.process.stdout, { id, number });
    else {
      context.process.stdout.write(`started ${pipeline}#${number} (${id})\n`);
      context.process.stderr.write(`\`errand logs ${pipeline}#${number} --follow\` follows it\n`);
    }
  },
});
