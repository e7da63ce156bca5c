import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { paramFlag, serverAliases, type ServerFlags, serverFlags, switchFlag } from "../flags.ts";
import { followRun } from "../follow.ts";
import { writeJson } from "../output/json-line.ts";
import { typedParamsOf } from "../params.ts";
import { runArgument } from "../run-argument.ts";

type Flags = ServerFlags & {
  readonly param?: readonly (readonly [name: string, value: string])[];
  readonly follow: boolean;
};

/** `errand rerun RUN` */
export const command = defineCommand<Flags, [string]>({
  brief: "start a run again",
  description: "Starts a new run of the same version with the same parameters, those given with " +
    "--param replaced.",
  examples: [["errand rerun @last --follow", "start the last run again and watch it"]],
  flags: { ...serverFlags, param: paramFlag, follow: switchFlag("show the new run to its end") },
  aliases: { ...serverAliases, p: "param", f: "follow" },
  args: { kind: "tuple", parameters: [runArgument] },
  async run(context, flags, reference) {
    const client = await connect(context, flags);
    const { id: first, pipeline } = await client.runs.get(reference);
    const params = await typedParamsOf(client, pipeline, flags.param ?? []);
    const { id, number } = await client.runs.rerun(first, flags.param?.length ? { params } : {});
    if (flags.follow) {
      const { json } = flags;
      return await followRun(context, { client, id }, { json, onInterrupt: "detach" });
    }
    if (flags.json) writeJson(context.process.stdout, { id, number });
    else context.process.stdout.write(`started ${pipeline}#${number} (${id})\n`);
  },
});
