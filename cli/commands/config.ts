import { defineCommand } from "../command.ts";
import { dataDirectory } from "../data-dir.ts";
import { dataFlag, jsonFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { harmless, stylerOf } from "../output/style.ts";
import { formatTable } from "../output/table.ts";

type Flags = {
  readonly data?: string;
  readonly json: boolean;
};

/** `errand config` */
export const command = defineCommand<Flags, []>({
  brief: "print every setting and where its value comes from",
  description: "Prints every setting of a server that would be started here, its value (secrets " +
    "masked) and where that comes from: an option, the environment, server.yaml in the data " +
    "directory, or the default.",
  examples: [["ERRAND_SLOTS=4 errand config", "see that the environment sets the slots"]],
  flags: { data: dataFlag("the data directory (ERRAND_DATA)"), json: jsonFlag() },
  args: { kind: "tuple", parameters: [] },
  async run(context, flags) {
    const { stdout, env } = context.process;
    const settings = await context.ports.readSettings({
      dataDir: dataDirectory(flags.data, context.process),
      flags: {},
      env,
    });
    if (flags.json) {
      for (const { name, value, source } of settings) writeJson(stdout, { name, value, source });
      return;
    }
    const style = stylerOf(stdout);
    stdout.write(formatTable(
      ["SETTING", "VALUE", "FROM"].map((cell) => style("quiet", cell)),
      settings.map(({ name, value, source }) => [
        name,
        harmless(typeof value === "string" ? value : JSON.stringify(value) ?? ""),
        source === "default" ? style("quiet", source) : source,
      ]),
    ));
  },
});
