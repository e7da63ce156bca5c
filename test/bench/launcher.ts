import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import process from "node:process";
import type { AttemptSpec } from "../../core/kernel/scheduler.ts";
import { NEVER, ProcessGround } from "../../plugins/scheduler/process/testing/ground.ts";
import type { Measure } from "./bench.ts";
import { runModule } from "./child.ts";
import { interleave } from "./interleave.ts";
import { formatNumber, formatTarget, formatValues, ratio } from "./statistics.ts";

/**
 * P1 and P6 of the launcher alone: no server, no database. What these figures leave is what the
 * rest may use up. `node test/bench/launcher.ts [REPETITIONS]`
 */
async function main(): Promise<void> {
  const repetitions = Number(process.argv[2] ?? 5);
  const launcher = process.argv[3] ?? "native";
  await using ground = await ProcessGround.open({ launcher });
  for (
    const measure of [...await spawns(ground, repetitions), ...await logs(ground, repetitions)]
  ) {
    const { name, unit, values, baseline } = measure;
    const beside = baseline ? `${baseline.name}: ${formatValues(baseline.values, unit)}` : "";
    const times = baseline ? `${formatNumber(ratio(measure)!)}×` : "";
    console.log(
      [name, formatValues(values, unit), beside, times, formatTarget(measure)].join(" | "),
    );
  }
}

const WAYS = 8;
const COUNT = 1_500;
const BYTES = 200_000_000;
const LINE = "0123456789".repeat(10).slice(1); // and a line feed: 100 bytes

/** `/bin/true`, eight at once: start, watch for the exit, remove. */
async function spawns(ground: ProcessGround, repetitions: number): Promise<readonly Measure[]> {
  const cpu: number[] = [];
  const turns = await interleave(repetitions, {
    async baseline() {
      const plan = { program: "/bin/true", waves: [COUNT], ways: WAYS };
      const { ms } = await runModule<{ ms: number }>("./baseline/spawn-loop.ts", plan);
      return COUNT * 1_000 / ms;
    },
    async ours() {
      const beganAtMs = performance.now();
      const before = process.cpuUsage();
      await startAll(ground);
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / COUNT);
      return COUNT * 1_000 / (performance.now() - beganAtMs);
    },
  });
  console.log(`${formatNumber(Math.min(...cpu))} µs of this process a run`);
  return [{
    name: "P1 spawns by the launcher alone",
    unit: "/s",
    values: turns.ours,
    baseline: { name: "bare Node spawn loop, 8-way", values: turns.baseline },
    target: { of: "ratio", at: "least", bound: 1.8 },
  }];
}

async function startAll(ground: ProcessGround): Promise<void> {
  let [toStart, toEnd] = [COUNT, COUNT];
  const workspace = ground.newWorkspace();
  const start = () => {
    toStart--;
    const spec = ground.script("", { workspace });
    const work = { kind: "process" as const, argv: ["/bin/true"], workdir: "" };
    void ground.scheduler.start({ ...spec, work, env: { ...spec.env, ...ENV } }, NEVER);
  };
  for (let i = 0; i < WAYS; i++) start();
  for await (const { attemptId, state } of ground.changes()) {
    if (state !== "exited") continue;
    void ground.scheduler.remove({ attemptId, handle: "", epoch: 1 }, NEVER);
    if (--toEnd === 0) return;
    if (toStart > 0) start();
  }
}

/** What a server puts into every environment. */
const ENV = Object.fromEntries(
  ["RUN_ID", "RUN_NUMBER", "TASK", "ATTEMPT", "WORKSPACE", "PIPELINE", "NAMESPACE"]
    .map((name) => [`ERRAND_${name}`, "a value of some length"]),
);

/** A task that writes 200 MB of short lines. */
async function logs(ground: ProcessGround, repetitions: number): Promise<readonly Measure[]> {
  const redact = ["alpha", "bravo", "charlie", "delta", "echo"]
    .map((name) => Buffer.from(`${name}-7f3c91d2e8`));
  const turns = await interleave(repetitions, {
    file: () => shell(ground, `yes ${LINE} | head -c ${BYTES} > "$1"`),
    pipe: () => shell(ground, `yes ${LINE} | head -c ${BYTES} | cat > "$1"`),
    plain: () => flood(ground, {}),
    redacted: () => flood(ground, { redact }),
  });
  const file = { name: "the same into a file", values: turns.file };
  const pipe = { name: "the same through a pipe into a file", values: turns.pipe };
  const least = (bound: number) => ({ of: "ratio", at: "least", bound }) as const;
  return [
    { name: "P6 plain", unit: "MB/s", values: turns.plain, baseline: file, target: least(0.5) },
    {
      name: "P6 redacted",
      unit: "MB/s",
      values: turns.redacted,
      baseline: pipe,
      target: least(0.7),
    },
  ];
}

async function flood(ground: ProcessGround, over: Partial<AttemptSpec>): Promise<number> {
  const spec = ground.script(`yes ${LINE} | head -c ${BYTES}`, over);
  const { startedAtMs, finishedAtMs } = await ground.run(spec);
  const { size } = await stat(spec.logFile);
  if (size < BYTES) throw new Error(`the log has ${size} bytes, ${BYTES} were written`);
  await ground.scheduler.remove({ ...spec, handle: "" }, NEVER);
  return BYTES / 1_000 / (finishedAtMs - startedAtMs);
}

async function shell(ground: ProcessGround, script: string): Promise<number> {
  const path = ground.newLogFile();
  const beganAtMs = performance.now();
  const child = spawn("/bin/sh", ["-c", script, "sh", path], { stdio: "ignore" });
  await once(child, "exit");
  return BYTES / 1_000 / (performance.now() - beganAtMs);
}

await main();
