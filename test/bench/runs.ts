import type { RunItem } from "../../protocol/http/client/mod.ts";
import type { BenchServer } from "./bench-server.ts";

/** A pipeline of one process that does nothing. */
export function noopPipeline(name: string) {
  return { name, tasks: { noop: { command: ["/bin/true"] } } };
}

/** Waits until nothing is queued or running, with a limit on the whole. */
export async function waitUntilIdle(server: BenchServer, limitMs = 300_000): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (performance.now() < endsAt) {
    const { queuedRuns, runningRuns } = await server.client.status();
    if (queuedRuns + runningRuns === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`runs have not ended within ${limitMs / 1_000} s`);
}

/** All runs of a pipeline, newest first. */
export async function listRuns(
  server: BenchServer,
  pipeline: string,
): Promise<readonly RunItem[]> {
  const runs: RunItem[] = [];
  for await (const run of server.client.runs.all({ pipeline, limit: 500 })) runs.push(run);
  return runs;
}

/** Checks that exactly these runs are there, each succeeded. @throws {Error} otherwise */
export function assertSucceeded(runs: readonly RunItem[], ids: readonly string[]): void {
  const there = new Map(runs.map((run) => [run.id, run.state]));
  const bad = ids.filter((id) => there.get(id) !== "succeeded");
  if (bad.length > 0 || there.size !== ids.length) {
    const first = bad[0] === undefined ? "" : `, run ${bad[0]} is ${there.get(bad[0])}`;
    throw new Error(`${ids.length} runs were accepted, ${there.size} are there${first}`);
  }
}

/** From the first run's creation to the last one's end, in ms. */
export function spanMs(runs: readonly RunItem[]): number {
  const begins = runs.map(({ createdAt }) => Date.parse(createdAt));
  const ends = runs.map(({ finishedAt }) => Date.parse(finishedAt!));
  return ends.reduce((a, b) => Math.max(a, b)) - begins.reduce((a, b) => Math.min(a, b));
}
