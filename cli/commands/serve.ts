import { defineCommand } from "../command.ts";
import { dataDirectory } from "../data-dir.ts";
import { EXIT } from "../exit-code.ts";
import { dataFlag, jsonFlag, switchFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { packageVersion } from "../../protocol/package-version.ts";
import { namedSystemError } from "../system-error.ts";

type Flags = {
  readonly listen?: string;
  readonly data?: string;
  readonly slots?: string;
  readonly "allow-remote": boolean;
  readonly json: boolean;
};

/** `errand serve` */
export const command = defineCommand<Flags, []>({
  brief: "run the server",
  description: "Runs the server until SIGTERM or Ctrl-C; running tasks go on and the next server " +
    "takes them over. A second signal ends it at once. Every setting can also stand in the " +
    "environment or in server.yaml: `errand config` lists them.",
  examples: [
    ["errand serve", "listen on 127.0.0.1:7470"],
    ["errand serve --data ./data --listen 127.0.0.1:0", "elsewhere, on a free port"],
  ],
  flags: {
    listen: {
      kind: "parsed",
      parse: String,
      optional: true,
      brief: "where to listen (ERRAND_LISTEN, else 127.0.0.1:7470); port 0 picks one",
      placeholder: "HOST:PORT",
    },
    data: dataFlag("the folder that holds all it owns (ERRAND_DATA)"),
    slots: {
      kind: "parsed",
      parse: String,
      optional: true,
      brief: "tasks at once (ERRAND_SLOTS)",
      placeholder: "N",
    },
    "allow-remote": switchFlag("listen beyond this machine although there is no TLS"),
    json: jsonFlag(),
  },
  args: { kind: "tuple", parameters: [] },
  async run(context, flags) {
    const { stdout, stderr, env } = context.process;
    const dataDir = dataDirectory(flags.data, context.process);
    const given = {
      listen: flags.listen,
      slots: flags.slots,
      allowRemote: flags["allow-remote"] ? "true" : undefined,
    };
    const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
    let interrupts = 0;
    // listening from the start: a signal while starting ends it cleanly, too
    const stopListening = context.process.onInterrupt(() => {
      if (++interrupts > 1) context.process.exit(EXIT.failed);
      stderr.write("errand: closing; running tasks go on, again to end at once\n");
      interrupt();
    });
    try {
      const server = await context.ports.startServer({
        dataDir,
        flags: Object.fromEntries(Object.entries(given).filter(isGiven)),
        env,
      }).catch((reason) => {
        throw namedSystemError(reason, `cannot serve from ${dataDir}`);
      });
      for (const warning of server.warnings) stderr.write(`errand: ${warning}\n`);
      if (flags.json) writeJson(stdout, { url: server.url, dataDir, version: packageVersion() });
      else {
        stdout.write(`errand ${packageVersion()} is ready at ${server.url}\n`);
        stderr.write(
          "next, in another terminal: errand apply FILE, then errand run PIPELINE --follow\n",
        );
      }
      const why = await Promise.race([interrupted, server.ended]);
      await server.close();
      if (typeof why !== "string") return EXIT.ok;
      stderr.write(`errand: ${why}\n`);
      return EXIT.failed;
    } finally {
      stopListening();
    }
  },
});

function isGiven(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
