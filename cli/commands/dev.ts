import { dirname, resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { jsonFlag, paramFlag, switchFlag } from "../flags.ts";
import { followRun } from "../follow.ts";
import { formatProblems } from "../output/problems.ts";
import { typedParams } from "../params.ts";
import { DEFAULT_FILE, loadPipelineFile } from "../pipeline-files.ts";
import { refusalOf } from "../refusal.ts";
import { namedSystemError } from "../system-error.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";

type Flags = {
  readonly param?: readonly (readonly [name: string, value: string])[];
  readonly inPlace: boolean;
  readonly json: boolean;
};

/** `errand dev [FILE]` */
export const command = defineCommand<Flags, [string?]>({
  brief: "run a pipeline file here and now, without a server",
  description:
    "Runs a pipeline file with the same engine as a server, but without one: nothing is " +
    "kept. Tasks run as you, in an empty folder, or with --in-place in the file's folder. Exits " +
    "with 1 when the run did not succeed and with 2 when the file is invalid. Ctrl-C cancels the " +
    "run, a second one ends it at once.",
  examples: [
    ["errand dev", "run ./errand.yaml"],
    ["errand dev report.yaml --param depth=3 --json", "another file, as JSON lines"],
  ],
  flags: {
    param: paramFlag,
    inPlace: switchFlag("run tasks in the file's folder"),
    json: jsonFlag(),
  },
  aliases: { p: "param" },
  args: {
    kind: "tuple",
    parameters: [{
      brief: `the pipeline file, default ${DEFAULT_FILE}; - is stdin`,
      parse: String,
      optional: true,
      placeholder: "FILE",
    }],
  },
  async run(context, flags, file = DEFAULT_FILE) {
    const source = await loadPipelineFile(context, file);
    const { stderr, env } = context.process;
    const { reading } = source;
    if (!reading.valid) {
      stderr.write(formatProblems(source, reading.problems, stderr));
      return EXIT.usage;
    }
    const { name, params } = reading.definition;
    const folder = resolve(context.process.cwd(), file === "-" ? "." : dirname(file));
    return await withTemporaryFolder("errand-dev-", async (dataDir) => {
      const engine = await context.ports.openDev({
        dataDir,
        env,
        ...(flags.inPlace ? { workspace: folder } : {}),
      }).catch((reason) => {
        throw namedSystemError(reason, "cannot start the engine");
      });
      try {
        const client = await context.ports.openClient({
          url: "http://127.0.0.1",
          token: engine.token,
          fetch: engine.fetch,
        });
        await client.pipelines.apply(name, reading.file).catch((reason) => {
          throw refusalOf(file, reason);
        });
        const { id } = await client.runs.submit(name, {
          params: typedParams(params, flags.param ?? []),
        });
        const { json } = flags;
        return await followRun(context, { client, id }, { json, onInterrupt: "cancel" });
      } finally {
        await engine.close();
      }
    });
  },
});
