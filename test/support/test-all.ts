import { rmSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { listFiles } from "./gate/repository.ts";
import { findRuntimes, type Runtime } from "./gate/runtimes.ts";
import { type FileReport, runTestFile } from "./gate/test-file.ts";
import { summarise } from "./gate/test-summary.ts";

/**
 * `npm test [-- --node|--deno] [PATH-PART…]`: every `*.test.ts` on Node, then on Deno, a process a
 * file. The last line is `N passed, N failed`; the exit code is 0 only when nothing failed and
 * something ran.
 */
async function main(argv: readonly string[]): Promise<number> {
  const flags = argv.filter((it) => it.startsWith("--"));
  const unknown = flags.find((it) => it !== "--node" && it !== "--deno");
  if (unknown !== undefined) {
    console.error(`unknown option ${unknown}: wanted --node, --deno or parts of file names`);
    return 2;
  }
  const runtimes = chooseRuntimes(flags);
  if (typeof runtimes === "string") {
    console.error(runtimes);
    return 2;
  }
  const parts = argv.filter((it) => !it.startsWith("--"));
  const files = testFiles(parts);
  if (files.length === 0) {
    console.error(`no test file has ${parts.join(" or ")} in its path`);
    return 2;
  }
  const jobs = Math.max(1, Math.min(4, availableParallelism()));
  const names = runtimes.map(({ name, version }) => `${name} ${version}`).join(" and ");
  console.log(`${files.length} files of tests on ${names}, ${jobs} at a time`);
  const reports: FileReport[] = [];
  for (const runtime of runtimes) reports.push(...await runAll(files, { runtime, jobs }));
  return report(reports, runtimes);
}

function chooseRuntimes(flags: readonly string[]): readonly Runtime[] | string {
  try {
    const { node, deno } = findRuntimes();
    const all = [node, deno];
    return flags.length === 0 ? all : all.filter(({ name }) => flags.includes(`--${name}`));
  } catch (error) {
    return (error as Error).message;
  }
}

/** The slow rooms first, so that the last file to end is a short one. */
function testFiles(parts: readonly string[]): readonly string[] {
  const files = listFiles(".test.ts").filter((file) =>
    parts.length === 0 || parts.some((part) => file.includes(part))
  );
  const isSlow = (file: string) => /^test\/(?:faults|integration|simulation)\//.test(file);
  return [...files.filter(isSlow), ...files.filter((file) => !isSlow(file))];
}

async function runAll(
  files: readonly string[],
  options: { readonly runtime: Runtime; readonly jobs: number },
): Promise<readonly FileReport[]> {
  const { runtime, jobs } = options;
  const folder = await mkdtemp(join(tmpdir(), "et-")); // short: sockets live below it
  await chmod(folder, 0o711); // as root, tasks run as another user and go through it
  const reports: FileReport[] = [];
  const queue = files.entries();
  const work = async () => {
    for (const [index, file] of queue) {
      const result = await runTestFile(file, { runtime, folder: join(folder, String(index)) });
      reports.push(result);
      show(result);
    }
  };
  const stop = () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130); // which ends the children: see run-child.ts
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await rm(folder, { recursive: true, force: true });
  }
  return reports;
}

function show({ runtime, file, cases, faults, litter, output, ms }: FileReport): void {
  const bad = faults.length > 0 || cases.some(({ outcome }) => outcome === "failed");
  const seconds = (ms / 1000).toFixed(1);
  console.log(`${bad ? "FAILED" : "ok"} ${runtime} ${file} (${cases.length} tests, ${seconds} s)`);
  if (litter.length > 0) console.log(`  it left in its temporary folder: ${litter.join(", ")}`);
  if (bad) console.log(output.replace(/^/gm, "  | "));
}

function report(reports: readonly FileReport[], runtimes: readonly Runtime[]): number {
  const strict = Boolean(process.env["CI"]);
  const all = summarise(reports, { strict });
  console.log(["", ...all.lines].join("\n"));
  for (const { name } of runtimes) {
    const part = summarise(reports.filter(({ runtime }) => runtime === name), { strict });
    console.log(`${name}: ${part.passed} passed, ${part.failed} failed, ${part.skipped} skipped`);
  }
  console.log(`${all.passed} passed, ${all.failed} failed`);
  return all.failed === 0 && all.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
