import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { prepareDemo } from "../demo/prepare-demo.ts";
import { EXIT } from "../exit-code.ts";
import { followRun } from "../follow.ts";
import { formatProblems } from "../output/problems.ts";
import { stylerOf } from "../output/style.ts";
import { namedSystemError } from "../system-error.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";

/** `errand demo` */
export const command = defineCommand<Record<never, never>, []>({
  brief: "see it work: a server, a pipeline and a run of it",
  description: "Starts a server in a temporary folder, applies a pipeline that reads this " +
    "repository's documentation, runs it and shows it live. One branch fails on purpose and has a " +
    "handler. Everything is removed afterwards.",
  examples: [["errand demo", "takes a few seconds"]],
  flags: {},
  args: { kind: "tuple", parameters: [] },
  run: (context) =>
    withTemporaryFolder("errand-demo-", async (folder) => {
      // as root, tasks run under another uid, which goes through this folder
      if (context.process.isRoot) await chmod(folder, 0o711);
      const { pipeline, params } = await prepareDemo(join(folder, "input"));
      const say = (text: string) => context.process.stdout.write(`${text}\n`);
      const style = stylerOf(context.process.stdout);
      const dataDir = join(folder, "data");
      const server = await context.ports.startServer({
        dataDir,
        flags: { listen: "127.0.0.1:0" },
        env: withoutSettings(context.process.env),
      }).catch((reason) => {
        throw namedSystemError(reason, "cannot start the demo's server");
      });
      try {
        say(style("quiet", `server   ${server.url}, data in ${dataDir}`));
        const token = (await readFile(join(dataDir, "admin.token"), "utf8")).trim();
        const client = await context.ports.openClient({ url: server.url, token });
        const { name, file } = await readDemo(context, pipeline);
        const { version } = await client.pipelines.apply(name, file);
        say(style("quiet", `pipeline ${name}, version ${version}: docs/examples/demo/errand.yaml`));
        const { id, number } = await client.runs.submit(name, { params });
        say(style("quiet", `run      ${name}#${number}\n`));
        const code = await followRun(context, { client, id }, {
          json: false,
          onInterrupt: "cancel",
        });
        if (code === EXIT.ok) say(`\n${farewell(context)}`);
        return code;
      } finally {
        await server.close();
      }
    }),
});

async function readDemo(context: CliContext, text: string) {
  const reading = await context.ports.readPipeline(text);
  if (reading.valid) return { name: reading.definition.name, file: reading.file };
  const { stderr } = context.process;
  const source = { file: "docs/examples/demo/errand.yaml", text };
  stderr.write(formatProblems(source, reading.problems, stderr));
  throw new ErrandError("invalid", "the demo's pipeline is invalid");
}

/** The demo is the same everywhere: settings of a real server do not reach it. */
function withoutSettings(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("ERRAND_")));
}

function farewell(context: CliContext): string {
  const { runtime, env } = context.process;
  const errand = runtime === "deno"
    ? "deno task errand"
    : env["npm_lifecycle_event"] === "demo"
    ? "npm run -s errand --"
    : "errand";
  return `\`planted\` failed on purpose: \`explain\` handled it, \`publish\` was skipped, and with
allowFailure the run succeeded. The server and its data are gone again. Next:
  ${errand} do -- uname -a          one command, once you have a server
  ${errand} serve                   a server that stays
  ${errand} dev FILE                a pipeline file of your own, without a server
  ${errand} --help                  everything else
The pipeline you saw is docs/examples/demo/errand.yaml.`;
}
