import type { RunState } from "../../protocol/http/client/mod.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import { parseName, serverAliases, type ServerFlags, serverFlags } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatRunList } from "../output/run-list.ts";

type Flags = ServerFlags & {
  readonly state?: RunState;
  readonly limit: number;
  readonly cursor?: string;
};

const STATES = ["queued", "running", "succeeded", "failed", "cancelled", "timed_out"] as const;

/** `errand runs [PIPELINE]` */
export const command = defineCommand<Flags, [string?]>({
  brief: "list runs, newest first",
  description:
    "Lists runs, newest first, a page at a time. Where there are more, the cursor of the " +
    "next page is printed on stderr.",
  examples: [
    ["errand runs", "the newest runs of all pipelines"],
    ["errand runs nightly-report --state failed --limit 5", "its five newest failures"],
  ],
  flags: {
    ...serverFlags,
    state: { kind: "enum", values: STATES, optional: true, brief: "only runs in this state" },
    limit: {
      kind: "parsed",
      parse: parseLimit,
      default: "20",
      brief: "the most to list, 1 to 500",
      placeholder: "N",
    },
    cursor: {
      kind: "parsed",
      parse: String,
      optional: true,
      brief: "go on where the page before ended",
      placeholder: "CURSOR",
    },
  },
  aliases: serverAliases,
  args: {
    kind: "tuple",
    parameters: [
      {
        brief: "only runs of this pipeline",
        parse: parseName,
        optional: true,
        placeholder: "PIPELINE",
      },
    ],
  },
  async run(context, flags, pipeline) {
    const client = await connect(context, flags);
    const { state, limit, cursor } = flags;
    const page = await client.runs.list({ pipeline, state, limit, cursor });
    const { stdout, stderr } = context.process;
    if (flags.json) { for (const run of page.items) writeJson(stdout, run); }
    else if (page.items.length > 0) stdout.write(formatRunList(page.items, stdout));
    else stderr.write("no runs\n");
    if (page.cursor !== undefined) stderr.write(`more: --cursor ${page.cursor}\n`);
  },
});

function parseLimit(input: string): number {
  const limit = Number(input);
  if (/^\d+$/.test(input) && limit >= 1 && limit <= 500) return limit;
  throw new Error(`wanted a number from 1 to 500, found ${JSON.stringify(input)}`);
}
