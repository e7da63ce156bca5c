import type { Bench, Measure } from "./bench.ts";
import { type BenchServer, withServer } from "./bench-server.ts";
import { runModule } from "./child.ts";
import { interleave } from "./interleave.ts";
import { median } from "./statistics.ts";

const SHAPES = {
  diamond: { waves: [1, 8, 1], needs: (i: number) => i === 0 ? [] : i === 9 ? range(1, 8) : [0] },
  chain: { waves: Array<number>(10).fill(1), needs: (i: number) => i === 0 ? [] : [i - 1] },
} as const;

/** Ten tasks of one run, from the POST to the news of its end. */
export const dagLatency: Bench = {
  id: "P12",
  title: "10-task diamond and 10-task chain of no-op processes, latency",
  limits: "a commit between a task's end and its successor's start: the order is durable before " +
    "the side effect, so a chain of ten waits for ten fdatasyncs.",
  run: ({ quick, repetitions, say }) =>
    withServer({ slots: 8 }, async (server) => {
      const runs = quick ? 1 : 25;
      const measures: Measure[] = [];
      for (const [name, { waves, needs }] of Object.entries(SHAPES)) {
        await server.client.pipelines.apply(name, { name, tasks: tasksOf(needs) });
        const turns = await interleave(repetitions, {
          async baseline() {
            const times = [];
            for (let i = 0; i < Math.min(runs, 5); i++) {
              const plan = { program: "/bin/true", waves, ways: 8 };
              times.push((await runModule<{ ms: number }>("./baseline/spawn-loop.ts", plan)).ms);
            }
            return median(times);
          },
          async ours() {
            const times = [];
            for (let i = 0; i < runs; i++) times.push(await runOnce(server, name));
            return median(times);
          },
        });
        say(`${name}: ${turns.ours.at(-1)!.toFixed(1)} ms`);
        measures.push({
          name,
          unit: "ms",
          values: turns.ours,
          baseline: {
            name: "the same spawns in the same order, bare Node",
            values: turns.baseline,
          },
          target: { of: "ratio", at: "most", bound: 1.5 },
        });
      }
      return measures;
    }),
};

function tasksOf(needs: (i: number) => readonly number[]) {
  return Object.fromEntries(
    range(0, 9).map((i) => [
      `t${i}`,
      { command: ["/bin/true"], needs: needs(i).map((other) => `t${other}`) },
    ]),
  );
}

/** One run, told of its end by the stream of events. */
async function runOnce({ client }: BenchServer, pipeline: string): Promise<number> {
  const stop = new AbortController();
  let startedAt = 0;
  try {
    for await (const event of client.events.follow({ pipeline }, stop.signal)) {
      if (event.type === "open") {
        startedAt = performance.now();
        await client.runs.submit(pipeline);
      } else if (event.type === "run" && event.state !== "queued" && event.state !== "running") {
        if (event.state !== "succeeded") throw new Error(`run ${event.runId} ${event.state}`);
        return performance.now() - startedAt;
      }
    }
    throw new Error("the stream of events ended");
  } finally {
    stop.abort();
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
