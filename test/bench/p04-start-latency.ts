import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { type BenchServer, withServer } from "./bench-server.ts";
import { runModule } from "./child.ts";
import type { Accepted } from "./load/submit.ts";
import { assertSucceeded, listRuns, waitUntilIdle } from "./runs.ts";
import { quantile } from "./statistics.ts";

const RATE = 300;

/** From the answer to a POST to the task's own first look at the clock, at a steady pace. */
export const startLatency: Bench = {
  id: "P4",
  title: "POST accepted → task started, 300 process runs/s",
  limits: "two commits' worth of fdatasync are not in it: one is before the answer, the start is " +
    "ordered by the same. What is left is the launcher's turn, fork and exec, and waiting for one " +
    "of two cores. The task's clock is `date`, so its own start of about a millisecond counts.",
  run: ({ quick, repetitions, say }) =>
    withServer({ slots: 8 }, async (server) => {
      const count = quick ? 60 : RATE * 10;
      const figures = { p50: [] as number[], p99: [] as number[] };
      const disk = { p50: [] as number[], p99: [] as number[] };
      for (let round = 0; round < repetitions; round++) {
        const syncs = await measureDisk(quick ? 50 : 2_000);
        disk.p50.push(quantile(syncs, 0.5));
        disk.p99.push(quantile(syncs, 0.99));
        const waits = await measureStarts(server, { pipeline: `clock-${round}`, count });
        figures.p50.push(quantile(waits, 0.5));
        figures.p99.push(quantile(waits, 0.99));
        say(`p50 ${figures.p50.at(-1)!.toFixed(1)} ms, p99 ${figures.p99.at(-1)!.toFixed(1)} ms`);
      }
      return [
        {
          name: "p50",
          unit: "ms",
          values: figures.p50,
          baseline: { name: "fdatasync of 4 KB, p50", values: disk.p50 },
          target: { of: "value", at: "most", bound: 3 },
        },
        {
          name: "p99",
          unit: "ms",
          values: figures.p99,
          baseline: { name: "fdatasync of 4 KB, p99", values: disk.p99 },
          target: { of: "value", at: "most", bound: 12 },
        },
      ];
    }),
};

async function measureDisk(count: number): Promise<readonly number[]> {
  const file = join(tmpdir(), `errand-bench-sync-${count}`);
  try {
    return await runModule<number[]>("./baseline/fdatasync.ts", { file, count });
  } finally {
    await rm(file, { force: true });
  }
}

async function measureStarts(
  server: BenchServer,
  plan: { readonly pipeline: string; readonly count: number },
): Promise<readonly number[]> {
  const { client, url, token } = server;
  await client.pipelines.apply(plan.pipeline, {
    name: plan.pipeline,
    tasks: { clock: { command: ["/bin/date", "+%s%N"] } },
  });
  const accepted = await runModule<Accepted[]>("./load/submit.ts", {
    ...plan,
    url,
    token,
    connections: 64,
    rate: RATE,
  });
  await waitUntilIdle(server);
  assertSucceeded(await listRuns(server, plan.pipeline), accepted.map(({ id }) => id));
  const waits: number[] = [];
  for (const { id, acceptedAtMs } of accepted) {
    let text = "";
    for await (const piece of client.runs.logs(id)) text += piece.text;
    if (!/^\d{19}\n$/.test(text)) throw new Error(`run ${id} logged ${JSON.stringify(text)}`);
    waits.push(Number(text) / 1e6 - acceptedAtMs);
  }
  return waits;
}
