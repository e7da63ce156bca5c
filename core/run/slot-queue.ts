/** A task that wants a slot. */
export interface Offer {
  readonly runId: number;
  readonly task: number;
  /** Of its pipeline: higher first. */
  readonly priority: number;
}

/** Who gets the next slot of one scheduler instance: priority, then run id, then task index, strictly. */
export class SlotQueue {
  readonly #heap: Offer[] = [];
  readonly #known = new Set<string>();

  get size(): number {
    return this.#heap.length;
  }

  /** Adds an offer; one that waits already is not added twice. */
  add(offer: Offer): void {
    const key = `${offer.runId}-${offer.task}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const heap = this.#heap;
    let i = heap.push(offer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (comesBefore(heap[parent]!, offer)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = offer;
  }

  /** Takes the first offer out. It may be stale: the machine decides. */
  take(): Offer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first) return undefined;
    this.#known.delete(`${first.runId}-${first.task}`);
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, last);
    return first;
  }
}

function sink(heap: Offer[], offer: Offer): void {
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
    if (comesBefore(offer, heap[child]!)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = offer;
}

function comesBefore(a: Offer, b: Offer): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.runId !== b.runId) return a.runId < b.runId;
  return a.task < b.task;
}
