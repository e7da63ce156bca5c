import { type ExpectedSkip, findExpectedSkip } from "./expected-skips.ts";
import type { FileReport } from "./test-file.ts";

/** What all files together gave. */
export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Skips that the list does not have; they count as failed where `strict`. */
  readonly unexpected: readonly string[];
  /** A line each, for people. */
  readonly lines: readonly string[];
}

/** Counts, and decides which skips are allowed. */
export function summarise(
  reports: readonly FileReport[],
  options: { readonly strict: boolean; readonly expected?: readonly ExpectedSkip[] },
): TestSummary {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const unexpected: string[] = [];
  const lines: string[] = [];
  for (const { file, runtime, cases, faults } of reports) {
    failed += faults.length;
    for (const fault of faults) lines.push(`FAILED ${runtime} ${file}: ${fault}`);
    for (const { name, outcome, reason } of cases) {
      if (outcome === "passed") passed++;
      else if (outcome === "failed") {
        failed++;
        lines.push(`FAILED ${runtime} ${file}: ${name}`);
      } else {
        skipped++;
        const entry = findExpectedSkip({ file, test: name, runtime }, options.expected);
        const why = entry?.reason ?? reason ?? "no reason given";
        lines.push(`skipped ${runtime} ${file}: ${name} (${why})`);
        if (entry === undefined) unexpected.push(`${runtime} ${file}: ${name}`);
      }
    }
  }
  if (options.strict) {
    failed += unexpected.length;
    for (const it of unexpected) {
      lines.push(`FAILED ${it}: skipped, but not in test/support/gate/expected-skips.ts`);
    }
  }
  return { passed, failed, skipped, unexpected, lines };
}
