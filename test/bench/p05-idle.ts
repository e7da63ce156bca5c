import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Bench, Measure } from "./bench.ts";
import { withServer } from "./bench-server.ts";
import { readUsage } from "./memory.ts";
import { noopPipeline, waitUntilIdle } from "./runs.ts";
import { childEnvironment, findRuntimes } from "../support/gate/runtimes.ts";

type RuntimeName = "node" | "deno";
const RESIDENT_TARGET_MB = { node: 140, deno: 100 } as const;

/** What a server that has run something and now does nothing holds and uses. */
export const idleServer: Bench = {
  id: "P5",
  title: "idle server with its launcher, after one run",
  limits:
    "the modules: the runtime itself, Effect, Hono and zod, and the libSQL binding, in that " +
    "order. On Node every TypeScript source is stripped and compiled unbundled.",
  async run({ quick, repetitions, say }) {
    const measures: Measure[] = [];
    for (const runtime of ["node", "deno"] as const) {
      const figures = { resident: [], private: [], cpu: [] } as Record<string, number[]>;
      const empty = { resident: [], private: [] } as Record<string, number[]>;
      for (let round = 0; round < repetitions; round++) {
        const bare = await measureEmpty(runtime);
        empty["resident"]!.push(bare.residentMb);
        empty["private"]!.push(bare.privateMb);
        const ours = await measureServer(runtime, quick ? 2_000 : 60_000);
        figures["resident"]!.push(ours.residentMb);
        figures["private"]!.push(ours.privateMb);
        figures["cpu"]!.push(ours.cpuPercent);
        say(`${runtime}: ${ours.residentMb.toFixed(0)} MB, ${ours.cpuPercent.toFixed(2)} % CPU`);
      }
      measures.push(
        {
          name: `resident on ${runtime}`,
          unit: "MB",
          values: figures["resident"]!,
          baseline: { name: `empty ${runtime}`, values: empty["resident"]! },
          target: { of: "value", at: "most", bound: RESIDENT_TARGET_MB[runtime] },
        },
        {
          name: `private on ${runtime}`,
          unit: "MB",
          values: figures["private"]!,
          baseline: { name: `empty ${runtime}`, values: empty["private"]! },
        },
        {
          name: `CPU on ${runtime}`,
          unit: "%",
          values: figures["cpu"]!,
          target: { of: "value", at: "most", bound: 0.5 },
        },
      );
    }
    return measures;
  },
};

function measureServer(runtime: RuntimeName, windowMs: number) {
  return withServer({ runtime }, async (server) => {
    await server.client.pipelines.apply("noop", noopPipeline("noop"));
    await server.client.runs.submit("noop");
    await waitUntilIdle(server);
    const version = await server.client.version();
    if (version.runtime !== runtime) throw new Error(`the server runs on ${version.runtime}`);
    await pause(windowMs / 4);
    const before = readUsage(server.pids());
    await pause(windowMs);
    const after = readUsage(server.pids());
    return { ...after, cpuPercent: (after.cpuMs - before.cpuMs) * 100 / windowMs };
  });
}

async function measureEmpty(runtime: RuntimeName) {
  const source = "setInterval(() => {}, 1e9); console.log('up')";
  const args = runtime === "node" ? ["-e", source] : ["eval", source];
  const child = spawn(findRuntimes()[runtime].path, args, {
    env: childEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    await pause(500);
    return readUsage([child.pid!]);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
