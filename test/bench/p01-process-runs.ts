import type { Bench } from "./bench.ts";
import { withServer } from "./bench-server.ts";
import { runModule } from "./child.ts";
import { interleave } from "./interleave.ts";
import type { Accepted } from "./load/submit.ts";
import { assertSucceeded, listRuns, noopPipeline, spanMs, waitUntilIdle } from "./runs.ts";

const WAYS = 8;

/** No-op processes through the REST API, beside a bare loop that starts the same program. */
export const processRuns: Bench = {
  id: "P1",
  title: "process no-op runs over REST, 8 slots, durable",
  limits:
    "both cores: the load generator, the server, the launcher and the started programs share " +
    "them. HTTP, the machine and SQL take turns on the server's one thread.",
  run: ({ quick, repetitions, say }) =>
    withServer({ slots: WAYS }, async (server) => {
      const count = quick ? 50 : 3_000;
      let round = 0;
      const turns = await interleave(repetitions, {
        async baseline() {
          const plan = { program: "/bin/true", waves: [count], ways: WAYS };
          const { ms } = await runModule<{ ms: number }>("./baseline/spawn-loop.ts", plan);
          return count * 1_000 / ms;
        },
        async ours() {
          const pipeline = `noop-${++round}`;
          await server.client.pipelines.apply(pipeline, noopPipeline(pipeline));
          const { url, token } = server;
          const plan = { url, token, pipeline, count, connections: 64 };
          const accepted = await runModule<Accepted[]>("./load/submit.ts", plan);
          await waitUntilIdle(server);
          const runs = await listRuns(server, pipeline);
          assertSucceeded(runs, accepted.map(({ id }) => id));
          say(`${count} runs in ${spanMs(runs)} ms`);
          return count * 1_000 / spanMs(runs);
        },
      });
      return [{
        name: "runs",
        unit: "/s",
        values: turns.ours,
        baseline: { name: "bare Node spawn loop, 8-way", values: turns.baseline },
        target: { of: "ratio", at: "least", bound: 1.8 },
      }];
    }),
};
