import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Bench, BenchResult, Machine, Measure } from "./bench.ts";
import { BENCHES } from "./benches.ts";
import { formatNumber, formatTarget, formatValues, isMet, ratio } from "./statistics.ts";
import { ROOT } from "../support/gate/repository.ts";
import { findRuntimes } from "../support/gate/runtimes.ts";

/** Where results are kept; those of `--quick` are not for keeping, and git ignores them. */
const RESULTS = join(ROOT, "test/bench/results");

/**
 * `npm run bench [-- P1 P6] [--quick] [--repeat N]`: runs benches one after the other and stores
 * what they gave. Fails only when one cannot run or when its output is wrong, never for a figure.
 */
async function main(argv: readonly string[]): Promise<number> {
  const { quick, repetitions, ids, problem } = readArguments(argv);
  if (problem !== undefined) {
    console.error(problem);
    return 2;
  }
  const machine = describeMachine();
  console.log(`${machine.cpus} × ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}`);
  await mkdir(RESULTS, { recursive: true });
  const failed: string[] = [];
  for (const bench of BENCHES.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
    console.log(`${bench.id} ${bench.title}`);
    try {
      const measures = await bench.run({
        quick,
        repetitions,
        say: (line) => console.log(`  · ${line}`),
      });
      for (const measure of measures) console.log(`  ${describe(measure)}`);
      await save(bench, { machine, quick, measures });
    } catch (error) {
      failed.push(bench.id);
      console.error(`  FAILED: ${(error as Error).stack}`);
    }
  }
  console.log(failed.length === 0 ? "every bench ran" : `could not run: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

function readArguments(argv: readonly string[]) {
  const quick = argv.includes("--quick");
  const at = argv.indexOf("--repeat");
  const repetitions = at < 0 ? (quick ? 1 : 3) : Number(argv[at + 1]);
  const words = argv.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const ids = words.filter((word) => word !== "--quick").map((word) => word.toUpperCase());
  const known = BENCHES.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  const problem = unknown !== undefined
    ? `unknown ${unknown}: wanted --quick, --repeat N or some of ${known.join(", ")}`
    : Number.isInteger(repetitions) && repetitions > 0
    ? undefined
    : "--repeat wants a number from 1";
  return { quick, repetitions, ids, problem };
}

function describe(measure: Measure): string {
  const { name, unit, values, baseline } = measure;
  const parts = [`${name}: ${formatValues(values, unit)}`];
  if (baseline) {
    parts.push(`${baseline.name}: ${formatValues(baseline.values, unit)}`);
    parts.push(`${formatNumber(ratio(measure)!)}×`);
  }
  const met = isMet(measure);
  if (met !== undefined) parts.push(`${met ? "met" : "MISSED"} ${formatTarget(measure)}`);
  return parts.join(" · ");
}

async function save(
  { id, title, limits }: Bench,
  ran: Pick<BenchResult, "machine" | "quick" | "measures">,
): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const result: BenchResult = { id, title, limits, date, ...ran };
  const name = `${id.toLowerCase()}${ran.quick ? ".local" : ""}.json`;
  await writeFile(join(RESULTS, name), `${JSON.stringify(result, undefined, 2)}\n`);
}

function describeMachine(): Machine {
  const { node, deno } = findRuntimes();
  return {
    cpus: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 1e9),
    os: `${type()} ${release()}`,
    node: node.version,
    deno: deno.version,
  };
}

process.exitCode = await main(process.argv.slice(2));
