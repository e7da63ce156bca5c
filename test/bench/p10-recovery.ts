import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { BenchServer } from "./bench-server.ts";
import { runModule } from "./child.ts";
import type { Accepted } from "./load/submit.ts";
import { readUsage } from "./memory.ts";
import { assertSucceeded, listRuns, waitUntilIdle } from "./runs.ts";

/** kill -9 with a long queue and many running tasks; the next server goes on where it was. */
export const recovery: Bench = {
  id: "P10",
  title: "kill -9 with 10,000 queued and 100 running → serving",
  limits: "reading the unfinished runs and listing the launcher come on top of an empty start, " +
    "which is mostly loading modules.",
  async run({ quick, repetitions, say }) {
    const queued = quick ? 50 : 10_000;
    const running = quick ? 4 : 100;
    const figures = { empty: [] as number[], loaded: [] as number[], memory: [] as number[] };
    for (let round = 0; round < repetitions; round++) {
      figures.empty.push(await restartEmpty(running));
      const { readyMs, residentMb } = await crash({ queued, running });
      figures.loaded.push(readyMs);
      figures.memory.push(residentMb);
      say(`ready after ${readyMs.toFixed(0)} ms, ${residentMb.toFixed(0)} MB, nothing lost`);
    }
    return [
      {
        name: "start to serving",
        unit: "ms",
        values: figures.loaded,
        baseline: { name: "the same with nothing to recover", values: figures.empty },
        target: { of: "ratio", at: "most", bound: 1.3 },
      },
      {
        name: "resident after recovery",
        unit: "MB",
        values: figures.memory,
        target: { of: "value", at: "most", bound: 256 },
      },
    ];
  },
};

/** kill -9 of a server that has nothing to do; the start of the next one, in ms. */
async function restartEmpty(slots: number): Promise<number> {
  const first = await BenchServer.start({ slots });
  await first.kill();
  const second = await BenchServer.start({ slots, dataDir: first.dataDir });
  await second.close();
  return second.readyMs;
}

interface Load {
  readonly queued: number;
  readonly running: number;
}

/** One crash. Throws when a run is lost, a task ran twice, or one that was running was not adopted. */
async function crash({ queued, running }: Load) {
  const ground = await prepareGround();
  let server = await BenchServer.start({ slots: running });
  try {
    const { client, url, token, dataDir } = server;
    await applyPipelines(server, ground);
    const submit = (pipeline: string, count: number) =>
      runModule<Accepted[]>("./load/submit.ts", { url, token, pipeline, count, connections: 64 });
    const held = await submit("hold", running);
    while (await countLines(ground.ledger) < running) await client.status();
    const waiting = await submit("note", queued);
    await server.kill();

    server = await BenchServer.start({ slots: running, dataDir });
    const { readyMs } = server;
    const { residentMb } = readUsage([server.pid]);
    const status = await server.client.status();
    if (status.queuedRuns !== queued || status.runningRuns !== running) {
      const states = await countStates(server, ["hold", "note"]);
      throw new Error(`after the crash ${JSON.stringify(status)} ${states}`);
    }
    await openGate(ground.gate);
    await waitUntilIdle(server);
    assertSucceeded(await listRuns(server, "hold"), held.map(({ id }) => id));
    assertSucceeded(await listRuns(server, "note"), waiting.map(({ id }) => id));
    const lines = (await readFile(ground.ledger, "utf8")).trim().split("\n");
    const wanted = [...held, ...waiting].map(({ id }) => id).sort();
    if (lines.sort().join() !== wanted.join()) {
      throw new Error(`${wanted.length} tasks were to run once, the ledger has ${lines.length}`);
    }
    return { readyMs, residentMb };
  } finally {
    await server.close();
    await rm(ground.folder, { recursive: true, force: true });
  }
}

/** A ledger that tasks write to, and a gate that holds them: both open to the tasks' user. */
async function prepareGround() {
  const folder = await mkdtemp(join(tmpdir(), "errand-bench-ground-"));
  await chmod(folder, 0o755);
  const ledger = join(folder, "ledger");
  const gate = join(folder, "gate");
  await writeFile(ledger, "");
  execFileSync("mkfifo", [gate]);
  for (const path of [ledger, gate]) await chmod(path, 0o666);
  return { folder, ledger, gate };
}

async function applyPipelines(
  { client }: BenchServer,
  { ledger, gate }: { readonly ledger: string; readonly gate: string },
): Promise<void> {
  const note = `echo "$ERRAND_RUN_ID" >> ${ledger}`;
  for (
    const [name, run] of [["hold", `${note}\nread _ < ${gate} || true`], ["note", note]] as const
  ) {
    await client.pipelines.apply(name, { name, tasks: { t: { run } } });
  }
}

/** Lets all who wait at the fifo go on: they read its end. */
async function openGate(gate: string): Promise<void> {
  const child = spawn("/bin/sh", ["-c", `: > ${gate}`], { stdio: "ignore" });
  await once(child, "exit");
}

/** How many runs of each pipeline are in which state, for a message. */
async function countStates(server: BenchServer, pipelines: readonly string[]): Promise<string> {
  const counts: Record<string, number> = {};
  for (const pipeline of pipelines) {
    for (const { state, reason } of await listRuns(server, pipeline)) {
      const key = `${pipeline} ${state} ${reason ?? ""}`.trim();
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return JSON.stringify(counts);
}

async function countLines(file: string): Promise<number> {
  return (await readFile(file, "utf8")).split("\n").length - 1;
}
