/** A test that may be skipped, and why. Any other skip fails when `CI` is set. */
export interface ExpectedSkip {
  readonly file: string;
  /** The test's name with its groups, joined by ` > `; absent = every test of the file. */
  readonly test?: string;
  readonly runtime?: "node" | "deno";
  readonly reason: string;
}

/** Every skip that CI accepts. */
export const EXPECTED_SKIPS: readonly ExpectedSkip[] = [
  {
    file: "cli/commands/completion.test.ts",
    test: "the fish script completes commands, options and values",
    reason: "fish is not installed; .ci/run tries to",
  },
  {
    file: "cli/commands/completion.test.ts",
    test: "the zsh script is one that zsh reads",
    reason: "zsh is not installed; .ci/run tries to",
  },
  {
    file: "test/faults/clock.test.ts",
    reason: "libfaketime is not installed (Debian: faketime)",
  },
];

/** The entry that allows a skip, or undefined. */
export function findExpectedSkip(
  skip: { readonly file: string; readonly test: string; readonly runtime: string },
  list: readonly ExpectedSkip[] = EXPECTED_SKIPS,
): ExpectedSkip | undefined {
  return list.find((it) =>
    it.file === skip.file && (it.test ?? skip.test) === skip.test &&
    (it.runtime ?? skip.runtime) === skip.runtime
  );
}
