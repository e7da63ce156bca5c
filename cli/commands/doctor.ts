import { defineCommand } from "../command.ts";
import { dataDirectory } from "../data-dir.ts";
import { runChecks } from "../doctor/run-checks.ts";
import { EXIT } from "../exit-code.ts";
import { dataFlag, jsonFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { stylerOf } from "../output/style.ts";

type Flags = {
  readonly data?: string;
  readonly json: boolean;
};

/** `errand doctor` */
export const command = defineCommand<Flags, []>({
  brief: "check this machine and this installation",
  description:
    "Checks what a server needs here: the runtime, the data directory and its parents, " +
    "the database, room on the disk, the address, the native launcher, and a server that runs. " +
    "Each line says ok, warn or fail, and what to do. Exits with 1 when a check fails.",
  examples: [["errand doctor", "what is wrong, and what to do"]],
  flags: { data: dataFlag("the data directory (ERRAND_DATA)"), json: jsonFlag() },
  args: { kind: "tuple", parameters: [] },
  async run(context, flags) {
    const { stdout } = context.process;
    const style = stylerOf(stdout);
    const styles = { ok: "good", warn: "warn", fail: "bad" } as const;
    let failed = false;
    const dataDir = dataDirectory(flags.data, context.process);
    for await (const finding of runChecks(context, dataDir)) {
      failed ||= finding.state === "fail";
      if (flags.json) writeJson(stdout, finding);
      else {
        const { check, state, message, advice } = finding;
        stdout.write(`${style(styles[state], state.padEnd(4))}  ${check}: ${message}\n`);
        if (advice) stdout.write(`      ${advice}\n`);
      }
    }
    return failed ? EXIT.failed : EXIT.ok;
  },
});
