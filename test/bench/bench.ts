/** One line of the table of performance: what is measured, beside what. */
export interface Bench {
  /** `P1`. */
  readonly id: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /** Where the time goes: what would have to change for a better figure. */
  readonly limits: string;
  /** Runs it; throws when it cannot run or when what came out is wrong. */
  run(context: BenchContext): Promise<readonly Measure[]>;
}

/** What a bench is given. */
export interface BenchContext {
  /** True = as brief as can be: whether it runs, not how fast. */
  readonly quick: boolean;
  /** How often ours and the baseline take turns. */
  readonly repetitions: number;
  /** Says what is going on, for whoever waits. */
  say(line: string): void;
}

/** One figure, with one value a repetition. */
export interface Measure {
  readonly name: string;
  readonly unit: "/s" | "ms" | "MB" | "MB/s" | "%" | "";
  readonly values: readonly number[];
  /** The same work without us, measured in turn with ours. */
  readonly baseline?: Baseline;
  readonly target?: Target;
}

/** What a figure is compared with. */
export interface Baseline {
  readonly name: string;
  readonly values: readonly number[];
}

/** What a figure should be. */
export interface Target {
  /** `ratio` = ours ÷ baseline, medians; `value` = our median, or every value where `each`. */
  readonly of: "ratio" | "value";
  readonly at: "least" | "most";
  readonly bound: number;
}

/** A bench that ran, as it is stored. */
export interface BenchResult {
  readonly id: string;
  readonly title: string;
  readonly limits: string;
  /** ISO 8601, the day. */
  readonly date: string;
  readonly machine: Machine;
  readonly quick: boolean;
  readonly measures: readonly Measure[];
}

/** Where it ran. */
export interface Machine {
  readonly cpus: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  readonly deno: string;
}
