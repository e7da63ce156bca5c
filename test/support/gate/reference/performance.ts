import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchResult, Measure } from "../../../bench/bench.ts";
import {
  formatNumber,
  formatTarget,
  formatValues,
  isMet,
  ratio,
} from "../../../bench/statistics.ts";
import { ROOT } from "../repository.ts";
import { page, table } from "./markdown.ts";
import { PEERS, PEERS_DATE } from "./peers.ts";

/** `performance.md`: the stored results of the benches. */
export function performancePage(): string {
  const folder = join(ROOT, "test/bench/results");
  const files = readdirSync(folder).filter((name) => /^p\d+\.json$/.test(name));
  const results = files.map((name) =>
    JSON.parse(readFileSync(join(folder, name), "utf8")) as BenchResult
  ).sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  return page("Performance", "`test/bench/results`", [
    "Each line is a bench that runs its baseline in the same run, in turn with ours: the median, " +
    "and in brackets the smallest and the largest repetition. Ratios mean more than figures: the " +
    "load generator, the baseline and the server share the machine. `npm run bench` makes them " +
    "anew. No figure fails a test.",
    ...results.flatMap(describe),
    "## Others, on the same work",
    `Measured by us on ${PEERS_DATE}, 2 cores, medians of three. Raw, on the same machine: Node's ` +
    "spawn loop 517–660/s 8-way; the Docker engine's API 4.9–5.7 containers/s.",
    table(
      ["program", "version", "figures"],
      PEERS.map(({ name, version, figures }) => [name, version, figures]),
    ),
  ]);
}

function describe({ id, title, limits, date, machine, measures }: BenchResult): readonly string[] {
  const { cpus, cpu, memoryGb, os, node, deno } = machine;
  return [
    `## ${id}: ${title}`,
    table(["figure", "ours", "baseline", "ratio", "target", ""], measures.map(row)),
    `What limits it: ${limits}`,
    `${date}; ${cpus} × ${cpu}, ${memoryGb} GB, ${os}; Node ${node}, Deno ${deno}.`,
  ];
}

function row(measure: Measure): readonly string[] {
  const { name, unit, values, baseline } = measure;
  const met = isMet(measure);
  return [
    name,
    formatValues(values, unit),
    baseline ? `${baseline.name}: ${formatValues(baseline.values, unit)}` : "",
    baseline ? `${formatNumber(ratio(measure)!)}×` : "",
    formatTarget(measure),
    met === undefined ? "" : met ? "met" : "**short**",
  ];
}
