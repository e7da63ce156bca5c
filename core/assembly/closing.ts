/** A step of closing. */
export type ClosingStep = () => Promise<void> | void;

/** What was opened, and how each part is closed: in reverse, all of it whatever one step throws. */
export class Closing {
  readonly #steps: ClosingStep[] = [];
  #closed: Promise<void> | undefined;

  /** Call it as soon as the part is open. */
  add(step: ClosingStep): void {
    this.#steps.push(step);
  }

  /**
   * Closes all that was added. Idempotent: who calls it again waits for the first.
   *
   * @throws the first error, once every step was run
   */
  close(): Promise<void> {
    return this.#closed ??= Promise.resolve().then(() => this.#run());
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
