import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatRunList } from "../output/run-list.ts";
import { harmless, stylerOf } from "../output/style.ts";
import { formatTable } from "../output/table.ts";
import { formatDuration } from "../output/time.ts";

/** `errand status` */
export const command = defineCommand<ServerFlags, []>({
  brief: "show what the server is doing",
  examples: [["errand status", "its version, slots, queued and running runs, and the last runs"]],
  flags: serverFlags,
  aliases: serverAliases,
  args: { kind: "tuple", parameters: [] },
  async run(context, flags) {
    const client = await connect(context, flags);
    const [status, last] = await Promise.all([client.status(), client.runs.list({ limit: 5 })]);
    const { stdout } = context.process;
    if (flags.json) return writeJson(stdout, { url: client.url, ...status, runs: last.items });
    const style = stylerOf(stdout);
    stdout.write(
      `server ${status.version} at ${client.url}, up ${formatDuration(status.uptimeMs)}\n` +
        `${status.queuedRuns} queued, ${status.runningRuns} running\n\n`,
    );
    stdout.write(formatTable(
      ["SCHEDULER", "STATE", "BUSY", "SLOTS", ""].map((cell) => style("quiet", cell)),
      status.schedulers.map(({ instance, state, busy, slots, message }) => [
        instance,
        style(state === "ready" ? "good" : "bad", state),
        String(busy),
        String(slots),
        harmless(message),
      ]),
    ));
    if (last.items.length > 0) stdout.write(`\n${formatRunList(last.items, stdout)}`);
  },
});
