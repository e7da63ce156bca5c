import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { jsonFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatProblems } from "../output/problems.ts";
import { DEFAULT_FILE, loadPipelineFile } from "../pipeline-files.ts";

/** `errand validate [FILE]` */
export const command = defineCommand<{ readonly json: boolean }, [string?]>({
  brief: "check a pipeline file, without a server",
  description: "Checks a pipeline file without a server; `-` is stdin. Exits with 2 when it is " +
    "invalid, and says where and what to do.",
  examples: [
    ["errand validate", "check ./errand.yaml"],
    ["errand validate report.yaml --json", 'print {"valid","problems"} as one line'],
  ],
  flags: { json: jsonFlag() },
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
    const { reading } = source;
    const problems = reading.valid ? [] : reading.problems;
    const { stdout, stderr } = context.process;
    if (flags.json) writeJson(stdout, { valid: reading.valid, problems });
    else if (reading.valid) {
      const { name, tasks } = reading.definition;
      stdout.write(`${name} is valid, ${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}\n`);
    } else stderr.write(formatProblems(source, problems, stderr));
    return reading.valid ? EXIT.ok : EXIT.usage;
  },
});
