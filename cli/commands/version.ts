import { defineCommand } from "../command.ts";
import { jsonFlag } from "../flags.ts";
import { packageVersion } from "../../protocol/package-version.ts";

/** `errand version` */
export const command = defineCommand<{ readonly json: boolean }, []>({
  brief: "print the version",
  examples: [["errand version", "print the version of this program, not of a server"]],
  flags: { json: jsonFlag() },
  args: { kind: "tuple", parameters: [] },
  run(context, flags) {
    const version = packageVersion();
    context.process.stdout.write(`${flags.json ? JSON.stringify({ version }) : version}\n`);
    return Promise.resolve();
  },
});
