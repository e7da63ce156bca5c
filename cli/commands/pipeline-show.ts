import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { parseName, serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatPipeline } from "../output/pipeline-detail.ts";

type Flags = ServerFlags & {
  readonly version?: number;
};

/** `errand pipeline show PIPELINE` */
export const command = defineCommand<Flags, [string]>({
  brief: "show a pipeline with its tasks",
  examples: [
    ["errand pipeline show nightly-report", "its live version, parameters and tasks"],
    ["errand pipeline show nightly-report --version 3 --json", "version 3 in canonical form"],
  ],
  flags: {
    ...serverFlags,
    version: {
      kind: "parsed",
      parse: parseVersion,
      optional: true,
      brief: "another version than the live one",
      placeholder: "N",
    },
  },
  aliases: serverAliases,
  args: {
    kind: "tuple",
    parameters: [{ brief: "the pipeline's name", parse: parseName, placeholder: "PIPELINE" }],
  },
  async run(context, flags, name) {
    const client = await connect(context, flags);
    const pipeline = await client.pipelines.get(name, { version: flags.version });
    const { stdout } = context.process;
    if (flags.json) writeJson(stdout, pipeline);
    else stdout.write(formatPipeline(pipeline, stdout));
  },
});

function parseVersion(input: string): number {
  if (/^[1-9]\d{0,8}$/.test(input)) return Number(input);
  throw new Error(`wanted the number of a version, found ${JSON.stringify(input)}`);
}
