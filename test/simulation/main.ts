import process from "node:process";
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";

/** `npm run simulate -- --seeds N [--from N] [--seed N]`: many schedules, or the history of one. */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) await replay(Number(values.seed));
else await sweep(Number(values.from), Number(values.seeds));

async function replay(seed: number): Promise<void> {
  try {
    console.log(await simulate(seed, { trace: (line) => console.log(line) }));
  } catch (error) {
    console.log(String(error));
    process.exitCode = 1;
  }
}

async function sweep(from: number, count: number): Promise<void> {
  const startedAt = performance.now();
  let crashes = 0;
  let runs = 0;
  let failed = 0;
  for (let seed = from; seed < from + count; seed++) {
    try {
      const report = await simulate(seed);
      crashes += report.crashes;
      runs += report.runs;
    } catch (error) {
      failed++;
      console.error(`${error instanceof Error ? error.message : error}; see it: --seed ${seed}`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const perSecond = Math.round(count / seconds);
  console.log(
    values.json
      ? JSON.stringify({ schedules: count, perSecond, crashes, runs, failed })
      : `${count} schedules, ${perSecond} a second, ${crashes} crashes, ${runs} runs, ${failed} failed`,
  );
  if (failed > 0) process.exitCode = 1;
}
