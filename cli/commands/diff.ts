import { ErrandError } from "../../protocol/errors.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { EXIT } from "../exit-code.ts";
import { serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { formatChanges } from "../output/changes.ts";
import { writeJson } from "../output/json-line.ts";
import { formatProblems } from "../output/problems.ts";
import { DEFAULT_FILE, loadPipelineFile } from "../pipeline-files.ts";

/** `errand diff [FILE]` */
export const command = defineCommand<ServerFlags, [string?]>({
  brief: "compare a pipeline file with its live version",
  description: "Shows what applying a file would change. Exits with 0 when nothing would, with 1 " +
    "when something would.",
  examples: [["errand diff report.yaml", "what `errand apply report.yaml` would change"]],
  flags: serverFlags,
  aliases: serverAliases,
  args: {
    kind: "tuple",
    parameters: [
      {
        brief: `the pipeline file, default ${DEFAULT_FILE}`,
        parse: String,
        optional: true,
        placeholder: "FILE",
      },
    ],
  },
  async run(context, flags, file = DEFAULT_FILE) {
    const source = await loadPipelineFile(context, file);
    const { stdout, stderr } = context.process;
    const { reading } = source;
    if (!reading.valid) {
      stderr.write(formatProblems(source, reading.problems, stderr));
      return EXIT.usage;
    }
    const { name } = reading.definition;
    const client = await connect(context, flags);
    const live = await client.pipelines.get(name).catch((reason) => {
      if (reason instanceof ErrandError && reason.code === "not_found") return undefined;
      throw reason;
    });
    const changes = live
      ? await context.ports.diffPipelines(live.definition, reading.definition)
      : [];
    const changed = live?.hash !== reading.hash;
    if (flags.json) {
      writeJson(stdout, { pipeline: name, version: live?.version ?? null, changed, changes });
    } else if (!live) stdout.write(`${name} is new: there is no live version\n`);
    else if (!changed) stdout.write(`${name} equals its live version ${live.version}\n`);
    else stdout.write(`${name} against version ${live.version}\n${formatChanges(changes, stdout)}`);
    return changed ? EXIT.failed : EXIT.ok;
  },
});
