interface Moment {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
  cancelled: boolean;
}

/** Simulated time: what happens next, in order. Nothing here waits. */
export class Timeline {
  /** Monotonic milliseconds. */
  now = 1_000;
  #order = 0;
  readonly #heap: Moment[] = [];

  /** Lets something happen after `ms`; the answer takes it back. */
  in(ms: number, happen: () => void): () => void {
    const moment = { at: this.now + ms, order: this.#order++, happen, cancelled: false };
    this.#push(moment);
    return () => {
      moment.cancelled = true;
    };
  }

  /** Lets the next thing happen; false when nothing is left, or not before `until`. */
  step(until: number): boolean {
    for (;;) {
      const moment = this.#heap[0];
      if (!moment || moment.at > until) return false;
      this.#pop();
      if (moment.cancelled) continue;
      this.now = moment.at;
      moment.happen();
      return true;
    }
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let i = heap.push(moment) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent]!, moment)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = moment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
