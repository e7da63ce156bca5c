import { createServer } from "node:net";
import { ErrandError } from "../../protocol/errors.ts";
import { connect } from "../connection.ts";
import type { CliContext } from "../context.ts";
import { packageVersion } from "../../protocol/package-version.ts";
import type { Finding } from "./finding.ts";

/** Does a server answer, and is it of this version? Where none runs: could one listen? */
export async function checkServer(
  context: CliContext,
  dataDir: string,
): Promise<readonly Finding[]> {
  const check = "server";
  try {
    const client = await connect(
      context,
      context.process.env["ERRAND_URL"] ? {} : { data: dataDir },
    );
    const [{ version }] = await Promise.all([client.version(), client.ready()]);
    const own = packageVersion();
    const message = `${client.url} is ready, version ${version}`;
    if (version === own) return [{ check, state: "ok", message }];
    const advice = `this program is version ${own}: use the same on both sides`;
    return [{ check, state: "warn", message, advice }];
  } catch (reason) {
    if (!(reason instanceof ErrandError)) throw reason;
    if (reason.code !== "unavailable") {
      return [{ check, state: "fail", message: reason.message }];
    }
    return [
      { check, state: "warn", message: "none is running", advice: reason.message },
      await checkAddress(context, dataDir),
    ];
  }
}

async function checkAddress(context: CliContext, dataDir: string): Promise<Finding> {
  const check = "address";
  const { env } = context.process;
  const settings = await context.ports.readSettings({ dataDir, flags: {}, env });
  const listen = settings.find(({ name }) => name === "listen")?.value;
  const match = typeof listen === "string" ? /^\[?(.*?)\]?:(\d+)$/.exec(listen) : null;
  if (!match) {
    return { check, state: "fail", message: `wanted HOST:PORT, found ${JSON.stringify(listen)}` };
  }
  const refused = await tryToListen(match[1]!, Number(match[2]));
  if (refused === undefined) {
    return { check, state: "ok", message: `${listen} is free` };
  }
  const message = `a server could not listen on ${listen}: ${refused}`;
  const advice = "end the other program, or choose another address with --listen or ERRAND_LISTEN";
  return { check, state: "fail", message, advice };
}

/** Why that address can not be listened on; undefined when it can. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "EADDRINUSE" ? "it is in use" : error.message);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
