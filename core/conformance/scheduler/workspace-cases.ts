import { equal } from "node:assert/strict";
import { mkdir, realpath } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import type { CaseList, SchedulerCase } from "./scheduler-case.ts";

/** `workspace`, `workdir` and the way to the server: where an attempt finds itself. */
export const workspaceCases: CaseList = ({ workloads, traits }) => [
  ...(traits.workspace && workloads.printWorkdir && traits.logs !== "none"
    ? [
      {
        name: "an attempt works in its workspace, which is made when it is absent",
        trait: "workspace",
        async body(trial) {
          const run = await trial.run(workloads.printWorkdir!(""));
          const { out } = await trial.wholeLog(run);
          equal(out.toString().trimEnd(), await realpath(run.spec.workspace));
        },
      },
      {
        name: "workdir is relative to the workspace",
        trait: "workspace",
        async body(trial) {
          const workspace = trial.ground.newWorkspace();
          const folder = join(workspace, "sub", "folder");
          await mkdir(folder, { recursive: true });
          const run = await trial.run(workloads.printWorkdir!("sub/folder"), { workspace });
          equal(run.exit.exitCode, 0, run.exit.message);
          const { out } = await trial.wholeLog(run);
          equal(out.toString().trimEnd(), await realpath(folder));
        },
      },
      {
        name: "a workdir that does not exist is no error: it exits with start_failed",
        trait: "workspace",
        async body(trial) {
          const { exit } = await trial.run(workloads.printWorkdir!("not/there"));
          equal(exit.cause, "start_failed");
        },
      },
    ] satisfies SchedulerCase[]
    : []),
  ...(traits.api && workloads.request
    ? [
      {
        name: "an attempt reaches a server on this machine",
        trait: "api",
        async body(trial) {
          await using server = await listen();
          const { exit } = await trial.run(workloads.request!(server.url));
          equal(exit.exitCode, 0, exit.message);
          equal(server.requests(), 1);
        },
      } satisfies SchedulerCase,
    ]
    : []),
];

/** A server that answers 200 to everything. */
async function listen() {
  let requests = 0;
  const server = createServer((_, response) => {
    requests++;
    response.end("ok");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
