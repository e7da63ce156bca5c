import type { CaseResult } from "./case.ts";

/** How many cases of one trait ran, and how they went. */
export interface TraitReport {
  readonly trait: string;
  readonly passed: number;
  readonly failed: number;
}

/** What a run of a suite says about an implementation. */
export interface ConformanceReport {
  /** True when every case passed and every declared trait had one. */
  readonly ok: boolean;
  /** In the order of the declared traits. */
  readonly traits: readonly TraitReport[];
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[];
}

/**
 * Reports results per trait. A declared trait without a single case is a problem: what nobody tried
 * is not known to work. So is a case of a trait that was not declared.
 */
export function summarize(
  results: readonly CaseResult[],
  declared: readonly string[],
): ConformanceReport {
  const traits = declared.map((trait): TraitReport => {
    const cases = results.filter((it) => it.trait === trait);
    const failed = cases.filter((it) => it.failure !== undefined).length;
    return { trait, passed: cases.length - failed, failed };
  });
  const untried = traits.filter((it) => it.passed + it.failed === 0).map((it) =>
    `the trait ${it.trait} is declared, but no case tried it`
  );
  const strange = new Set(results.map((it) => it.trait).filter((it) => !declared.includes(it)));
  const problems = [
    ...untried,
    ...[...strange].map((trait) => `cases of ${trait} ran, but it is not declared`),
    ...results.filter((it) => it.failure !== undefined).map((it) =>
      `${it.name}: ${it.failure!.message}`
    ),
  ];
  return { ok: problems.length === 0, traits, problems };
}
