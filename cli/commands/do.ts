import { constants } from "node:os";
import { ErrandError } from "../../protocol/errors.ts";
import type { ErrandClient, Run } from "../../protocol/http/client/mod.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { EXIT } from "../exit-code.ts";
import {
  parseAssignment,
  parseName,
  serverAliases,
  type ServerFlags,
  serverFlags,
} from "../flags.ts";
import { watchRun } from "../follow.ts";
import { writeJson } from "../output/json-line.ts";
import { LogPrinter } from "../output/log-printer.ts";
import { runHeadline } from "../output/run-summary.ts";

type Flags = ServerFlags & {
  readonly name?: string;
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly timeout?: string;
};

/** Marks the pipelines that `do` made, which alone it may replace. */
const LABELS = { "made-by": "errand-do" };

/** `errand do -- CMD` */
export const command = defineCommand<Flags, string[]>({
  brief: "run one command on the server",
  description: "Runs one command as a run of its own, writes its output to stdout and exits with " +
    "its exit code (128 + n when signal n ended it). The run is kept like any other: it belongs " +
    "to the pipeline `do`, or `do-10m` with --timeout 10m. Ctrl-C cancels it.",
  examples: [
    ["errand do -- uname -a", "run a program with arguments"],
    ["errand do --env LEVEL=3 --timeout 10m -- sh -c 'echo $LEVEL'", "a script with a value"],
  ],
  flags: {
    ...serverFlags,
    name: {
      kind: "parsed",
      parse: parseName,
      optional: true,
      brief: "the pipeline that the run belongs to",
      placeholder: "NAME",
    },
    env: {
      kind: "parsed",
      parse: parseVariable,
      variadic: true,
      optional: true,
      brief: "a variable of its environment",
      placeholder: "NAME=VALUE",
    },
    timeout: {
      kind: "parsed",
      parse: parseTimeout,
      optional: true,
      brief: "end it after this long, such as 90s or 10m; default 1h",
      placeholder: "DURATION",
    },
  },
  aliases: { ...serverAliases, e: "env" },
  args: {
    kind: "array",
    parameter: { brief: "the program and its arguments", parse: String, placeholder: "CMD" },
    minimum: 1,
  },
  async run(context, flags, ...argv) {
    const client = await connect(context, flags);
    const pipeline = flags.name ?? (flags.timeout ? `do-${flags.timeout}` : "do");
    await ensurePipeline(client, pipeline, flags.timeout);
    const { id } = await client.runs.submit(pipeline, {
      params: { command: commandLine(argv, flags.env ?? []) },
    });
    const { stdout, stderr } = context.process;
    const printer = new LogPrinter(context.process, { prefixed: false });
    const run = await watchRun(context, { client, id }, {
      onInterrupt: "cancel",
      print: (item) => {
        if (flags.json) writeJson(stdout, item);
        else if (item.type === "log") printer.print(item);
      },
    });
    if (!run) return EXIT.failed;
    printer.end();
    if (!flags.json && run.state !== "succeeded") stderr.write(`${runHeadline(run, stderr)}\n`);
    return exitCodeOfTask(run);
  },
});

/**
 * One pipeline serves every command, which it gets as a parameter: two `errand do` at once can not
 * run each other's command, and no version is stored for each.
 */
async function ensurePipeline(
  client: ErrandClient,
  name: string,
  timeout: string | undefined,
): Promise<void> {
  const live = await client.pipelines.get(name).catch((reason) => {
    if (reason instanceof ErrandError && reason.code === "not_found") return undefined;
    throw reason;
  });
  const labels = live?.labels ?? LABELS;
  if (labels["made-by"] !== LABELS["made-by"]) {
    throw new ErrandError(
      "conflict",
      `${name} is a pipeline that \`errand do\` did not make: choose another --name`,
    );
  }
  await client.pipelines.apply(name, {
    name,
    description: "One-off commands of `errand do`",
    labels: LABELS,
    params: { command: { type: "string", description: "A command line for /bin/sh" } },
    tasks: {
      do: {
        // an argument of its own, so no text of ours is mixed with it
        command: ["/bin/sh", "-c", "${{ params.command }}"],
        ...(timeout ? { timeout } : {}),
      },
    },
  }, live ? { ifMatch: live.hash } : {});
}

/** The command for a shell: each word quoted, its environment set, the shell replaced by it. */
function commandLine(
  argv: readonly string[],
  env: readonly (readonly [name: string, value: string])[],
): string {
  const variables = env.map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `${variables.join("")}exec ${argv.map(quote).join(" ")}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function exitCodeOfTask(run: Run): number {
  if (run.state === "succeeded") return EXIT.ok;
  const last = run.tasks[0]?.attempts.at(-1);
  if (last?.exitCode) return last.exitCode;
  const signals: Readonly<Record<string, number>> = constants.signals;
  const number = last?.signal === undefined ? undefined : signals[last.signal];
  return number === undefined ? EXIT.failed : 128 + number;
}

function parseVariable(input: string): readonly [name: string, value: string] {
  const [name, value] = parseAssignment(input);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [name, value];
  throw new Error(`wanted the name of a variable, found ${JSON.stringify(name)}`);
}

function parseTimeout(input: string): string {
  if (/^(?:\d{1,9}(?:ms|s|m|h|d|w))+$/.test(input)) return input;
  throw new Error(`wanted a duration such as 90s, 10m or 1h30m, found ${JSON.stringify(input)}`);
}
