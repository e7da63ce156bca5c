import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Measure } from "./bench.ts";
import { type BenchServer, withServer } from "./bench-server.ts";
import { runModule } from "./child.ts";
import type { Followed } from "./load/follow.ts";
import { quantile } from "./statistics.ts";

const LINE = "0123456789".repeat(10).slice(1); // and a newline: 100 bytes
const SECRETS = ["alpha", "bravo", "charlie", "delta", "echo"];
const PIPELINES = { plain: "flood", redacted: "flood-redacted" } as const;

/** A task that writes as fast as it can, with somebody watching. */
export const logs: Bench = {
  id: "P6",
  title: "log of 100-byte lines with one live follower",
  limits: "the writer: the pipe, and the launcher's copy into frames. The follower: JSON, " +
    "server-sent events and both ends of a socket on the same two cores.",
  async run({ quick, repetitions, say }) {
    const bytes = quick ? 2_000_000 : 200_000_000;
    const env = Object.fromEntries(
      SECRETS.map((name) => [`ERRAND_SECRET_BENCH_${name.toUpperCase()}`, `${name}-7f3c91d2e8`]),
    );
    env["ERRAND_MAX_LOG_BYTES"] = "1GiB";
    return await withServer({ slots: 2, env }, async (server) => {
      await applyPipelines(server, bytes);
      const rates: Record<string, number[]> = {};
      const note = (name: string, value: number) => (rates[name] ??= []).push(value);
      for (let round = 0; round < repetitions; round++) {
        note("file", await measureShell(`yes ${LINE} | head -c ${bytes} > "$1"`, bytes));
        note("pipe", await measureShell(`yes ${LINE} | head -c ${bytes} | cat > "$1"`, bytes));
        for (const kind of ["plain", "redacted"] as const) {
          const { writer, follower } = await measureFlood(server, PIPELINES[kind], bytes);
          note(`${kind} writer`, writer);
          note(`${kind} follower`, follower);
          say(`${kind}: writer ${writer.toFixed(0)} MB/s, follower ${follower.toFixed(0)} MB/s`);
        }
        const latencies = await measureLatency(server);
        note("latency", quantile(latencies, 0.5));
      }
      return measuresOf(rates);
    });
  },
};

function measuresOf(rates: Readonly<Record<string, readonly number[]>>): readonly Measure[] {
  const file = { name: "the same into a file", values: rates["file"]! };
  const pipe = { name: "the same through a pipe into a file", values: rates["pipe"]! };
  const least = (bound: number) => ({ of: "ratio", at: "least", bound }) as const;
  const row = (name: string, baseline: Measure["baseline"] & object, bound: number): Measure => ({
    name,
    unit: "MB/s",
    values: rates[name]!,
    baseline,
    target: least(bound),
  });
  return [
    row("plain writer", file, 0.5),
    row("plain follower", file, 0.35),
    row("redacted writer", pipe, 0.7),
    { name: "redacted follower", unit: "MB/s", values: rates["redacted follower"]! },
    {
      name: "latency",
      unit: "ms",
      values: rates["latency"]!,
      target: { of: "value", at: "most", bound: 10 },
    },
  ];
}

async function applyPipelines({ client }: BenchServer, bytes: number): Promise<void> {
  const run = `yes ${LINE} | head -c ${bytes}`;
  const secrets = Object.fromEntries(
    SECRETS.map((name) => [name.toUpperCase(), `\${{ secrets['bench-${name}'] }}`]),
  );
  const clock = "i=0; while [ $i -lt 100 ]; do date +%s%3N; sleep 0.02; i=$((i + 1)); done";
  for (
    const [name, task] of [
      [PIPELINES.plain, { run }],
      [PIPELINES.redacted, { run, env: secrets }],
      ["clock", { run: clock }],
    ] as const
  ) await client.pipelines.apply(name, { name, tasks: { write: task } });
}

async function measureFlood(server: BenchServer, pipeline: string, bytes: number) {
  const { url, token, client } = server;
  const { id } = await client.runs.submit(pipeline);
  const seen = await runModule<Followed>("./load/follow.ts", { url, token, run: id });
  const run = await client.runs.get(id);
  const attempt = run.tasks[0]!.attempts[0]!;
  if (run.state !== "succeeded" || seen.bytes !== bytes) {
    const said = seen.markers.join("; ");
    throw new Error(`${bytes} bytes were written, ${seen.bytes} seen; ${run.state}; ${said}`);
  }
  const startedAtMs = Date.parse(attempt.startedAt!);
  return {
    writer: bytes / 1e3 / (Date.parse(attempt.finishedAt!) - startedAtMs),
    follower: bytes / 1e3 / (seen.endedAtMs - startedAtMs),
  };
}

async function measureLatency(server: BenchServer): Promise<readonly number[]> {
  const { url, token, client } = server;
  const { id } = await client.runs.submit("clock");
  const plan = { url, token, run: id, clock: true };
  const { latencies } = await runModule<Followed>("./load/follow.ts", plan);
  if (latencies.length !== 100) throw new Error(`100 lines were written, ${latencies.length} seen`);
  return latencies;
}

/** MB/s of a shell line that writes to the file `$1`. */
async function measureShell(script: string, bytes: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "errand-bench-log-"));
  try {
    const startedAt = performance.now();
    const child = spawn("/bin/sh", ["-c", script, "sh", join(folder, "log")], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
    return bytes / 1e3 / (performance.now() - startedAt);
  } finally {
    await rm(folder, { recursive: true });
  }
}
