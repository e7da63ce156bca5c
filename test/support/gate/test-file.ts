import { chmod, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseJunit, type TestCase } from "./junit.ts";
import { findLeftovers, killLeftovers } from "./leftovers.ts";
import { runChild } from "./run-child.ts";
import { childEnvironment, type Runtime } from "./runtimes.ts";

/** What one file of tests gave on one runtime. */
export interface FileReport {
  readonly runtime: Runtime["name"];
  readonly file: string;
  readonly cases: readonly TestCase[];
  /** What is wrong with the file as a whole, a sentence each: it hung, it left a process, … */
  readonly faults: readonly string[];
  /** What it left in its temporary folder; not a fault by itself. */
  readonly litter: readonly string[];
  readonly output: string;
  readonly ms: number;
}

/** A file that takes longer than this hangs. */
const LIMIT_MS = 300_000;

/** Runs one file of tests in a process and a temporary folder of its own. */
export async function runTestFile(
  file: string,
  options: { readonly runtime: Runtime; readonly folder: string },
): Promise<FileReport> {
  const { runtime, folder } = options;
  const temporary = join(folder, "t");
  const report = join(folder, "junit.xml");
  await mkdir(temporary, { recursive: true });
  for (const path of [folder, temporary]) await chmod(path, 0o711); // as above it

  try {
    const child = await runChild(commandLine(file, runtime, report), {
      env: childEnvironment({ TMPDIR: temporary }),
      limitMs: LIMIT_MS,
    });
    const cases = parseJunit(await readFile(report, "utf8").catch(() => ""));
    const leftovers = findLeftovers(folder);
    killLeftovers(leftovers);
    const litter = await readdir(temporary);
    return {
      runtime: runtime.name,
      file,
      cases,
      faults: [...findFaults(child, cases), ...leftovers.map(leftBehind)],
      litter,
      output: child.output,
      ms: child.ms,
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function commandLine(file: string, runtime: Runtime, report: string): [string, ...string[]] {
  if (runtime.name === "deno") {
    return [runtime.path, "test", "-A", "--no-check", "--quiet", `--junit-path=${report}`, file];
  }
  return [
    runtime.path,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    file,
  ];
}

function findFaults(
  child: { readonly code: number; readonly timedOut: boolean },
  cases: readonly TestCase[],
): readonly string[] {
  if (child.timedOut) return [`did not end within ${LIMIT_MS / 1000} s`];
  if (cases.length === 0) return ["ran no test"];
  if (child.code === 0 || cases.some(({ outcome }) => outcome === "failed")) return [];
  return [`ended with code ${child.code} though no test of it failed`];
}

function leftBehind(it: { readonly pid: number; readonly command: string }): string {
  return `left process ${it.pid} behind: ${it.command}`;
}
