/** Ids count from here: `ms × 4096` since 1970 would leave 53 bits in 2039. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

/** Makes run ids and run numbers; both only rise, whatever the clock does. */
export class RunIds {
  #lastId: number;
  readonly #numbers: Map<string, number>;

  constructor(lastId: number, lastNumbers: ReadonlyMap<string, number>) {
    this.#lastId = lastId;
    this.#numbers = new Map(lastNumbers);
  }

  nextId(nowMs: number): number {
    this.#lastId = Math.max(this.#lastId + 1, (nowMs - EPOCH_MS) * 4096);
    return this.#lastId;
  }

  nextNumber(namespace: string, pipeline: string): number {
    const key = `${namespace}/${pipeline}`;
    const number = (this.#numbers.get(key) ?? 0) + 1;
    this.#numbers.set(key, number);
    return number;
  }
}
