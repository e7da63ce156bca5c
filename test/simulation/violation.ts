/** An invariant does not hold. */
export class Violation extends Error {
  readonly _tag = "Violation" as const;
}

/** Where violations are noted: code under test may catch what is thrown through it. */
export class Verdicts {
  first: Violation | undefined;

  /** Notes that something happened that may never happen. */
  fail(message: string): never {
    const violation = new Violation(message);
    this.first ??= violation;
    throw violation;
  }
}
