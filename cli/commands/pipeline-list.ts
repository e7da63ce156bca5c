import type { PipelineItem } from "../../protocol/http/client/mod.ts";
import { allPipelines } from "../all-pipelines.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { harmless, stylerOf } from "../output/style.ts";
import { formatTable } from "../output/table.ts";
import { formatInstant } from "../output/time.ts";

/** `errand pipeline list` */
export const command = defineCommand<ServerFlags, []>({
  brief: "list the pipelines of the namespace",
  examples: [["errand pipeline list", "every pipeline with its live version"]],
  flags: serverFlags,
  aliases: serverAliases,
  args: { kind: "tuple", parameters: [] },
  async run(context, flags) {
    const { stdout, stderr } = context.process;
    const items: PipelineItem[] = [];
    for await (const item of allPipelines(await connect(context, flags))) {
      if (flags.json) writeJson(stdout, item);
      else items.push(item);
    }
    if (flags.json) return;
    if (items.length === 0) return stderr.write("no pipelines: `errand apply FILE` stores one\n");
    const style = stylerOf(stdout);
    stdout.write(formatTable(
      ["PIPELINE", "VERSION", "UPDATED", "DESCRIPTION"].map((cell) => style("quiet", cell)),
      items.map(({ name, version, updatedAt, description }) => [
        name,
        String(version),
        formatInstant(updatedAt),
        harmless(description),
      ]),
    ));
  },
});
