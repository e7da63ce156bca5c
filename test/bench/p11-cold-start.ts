import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { withServer } from "./bench-server.ts";
import { interleave } from "./interleave.ts";
import { noopPipeline, waitUntilIdle } from "./runs.ts";
import { ROOT } from "../support/gate/repository.ts";
import { childEnvironment, findRuntimes } from "../support/gate/runtimes.ts";

/** Commands as they are typed, each a process of its own, beside a Node that does nothing. */
export const coldStart: Bench = {
  id: "P11",
  title: "`errand version` and `errand runs`, cold",
  limits: "loading modules: the argument parser, and for `runs` the client. The compile cache is " +
    "warm, as it is from the second command on.",
  run: ({ quick, repetitions, say }) =>
    withServer({}, async (server) => {
      await server.client.pipelines.apply("noop", noopPipeline("noop"));
      await server.client.runs.submit("noop");
      await waitUntilIdle(server);
      const cache = await mkdtemp(join(tmpdir(), "errand-bench-cache-"));
      try {
        const env = childEnvironment({
          ERRAND_URL: server.url,
          ERRAND_TOKEN: server.token,
          XDG_CACHE_HOME: cache,
        });
        const errand = (...args: string[]) => time([join(ROOT, "cli/errand.js"), ...args], env);
        for (const command of ["version", "runs"]) await errand(command); // fills the cache
        const turns = await interleave(quick ? 1 : repetitions * 7, {
          empty: () => time(["-e", "0"], env),
          version: () => errand("version"),
          runs: () => errand("runs"),
        });
        say(`empty ${turns.empty.at(-1)!.toFixed(0)} ms`);
        const baseline = { name: "empty Node", values: turns.empty };
        const most = (bound: number) => ({ of: "ratio", at: "most", bound }) as const;
        return [
          { name: "version", unit: "ms", values: turns.version, baseline, target: most(2) },
          { name: "runs", unit: "ms", values: turns.runs, baseline, target: most(3.5) },
        ];
      } finally {
        await rm(cache, { recursive: true, force: true });
      }
    }),
};

async function time(args: readonly string[], env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(findRuntimes().node.path, args, { env, stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return performance.now() - startedAt;
}
