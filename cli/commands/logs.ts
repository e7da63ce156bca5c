import { ErrandError } from "../../protocol/errors.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { serverAliases, type ServerFlags, serverFlags, switchFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { LogPrinter } from "../output/log-printer.ts";
import { runArgument } from "../run-argument.ts";

type Flags = ServerFlags & {
  readonly follow: boolean;
};

/** `errand logs RUN [TASK]` */
export const command = defineCommand<Flags, [string, string?]>({
  brief: "print what a run's tasks wrote",
  description: "Prints what the tasks of a run, or one of them, wrote to stdout and stderr, in " +
    "order, to stdout; everything else goes to stderr. Where a run has several tasks and none is " +
    "named, each line begins with its task's name.",
  examples: [
    ["errand logs @last", "all tasks of the last run"],
    ["errand logs nightly-report crawl --follow", "one task, as it writes"],
  ],
  flags: { ...serverFlags, follow: switchFlag("go on until the task or the run has ended") },
  aliases: { ...serverAliases, f: "follow" },
  args: {
    kind: "tuple",
    parameters: [
      runArgument,
      { brief: "only this task", parse: String, optional: true, placeholder: "TASK" },
    ],
  },
  async run(context, flags, reference, task) {
    const client = await connect(context, flags);
    const run = await client.runs.get(reference);
    const names = run.tasks.map(({ name }) => name);
    if (task !== undefined && !names.includes(task)) {
      throw new ErrandError(
        "not_found",
        `run ${run.pipeline}#${run.number} has no task ${JSON.stringify(task)}: it has ` +
          names.join(", "),
      );
    }
    const interrupted = new AbortController();
    const stopListening = context.process.onInterrupt(() => interrupted.abort());
    const { stdout } = context.process;
    const printer = new LogPrinter(context.process, {
      prefixed: task === undefined && names.length > 1,
    });
    try {
      const { follow } = flags;
      for await (const event of client.runs.logs(run.id, { task, follow }, interrupted.signal)) {
        if (flags.json) writeJson(stdout, event);
        else printer.print(event);
        await stdout.drained();
      }
      printer.end();
    } finally {
      stopListening();
    }
  },
});
