import { runCli } from "./app.ts";
import { nodeProcess } from "./node-process.ts";
import { realPorts } from "./real-ports.ts";

/** Runs a command line as this process. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const cliProcess = nodeProcess();
  const exitCode = await runCli(argv, { process: cliProcess, ports: realPorts });
  await Promise.all([cliProcess.stdout.drained(), cliProcess.stderr.drained()]);
  // not exit(): what was written leaves first
  process.exitCode = exitCode;
}
