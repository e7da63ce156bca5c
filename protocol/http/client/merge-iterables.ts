/**
 * The items of several iterables as they come, each asked for one item ahead. Ends when all have
 * ended; an error, or leaving early, closes the others.
 */
export async function* mergeIterables<T>(
  iterables: readonly AsyncIterable<T>[],
): AsyncGenerator<T, void, undefined> {
  const iterators = iterables.map((iterable) => iterable[Symbol.asyncIterator]());
  const pending = new Map<number, Promise<{ index: number; result: IteratorResult<T> }>>();
  const ask = (index: number) => {
    const next = iterators[index]!.next().then((result) => ({ index, result }));
    // raced below; one that nobody races any more must not become an unhandled rejection
    next.catch(() => undefined);
    pending.set(index, next);
  };
  iterators.forEach((_, index) => ask(index));
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(index);
        continue;
      }
      // the one that just answered goes last, so that no iterable starves another
      pending.delete(index);
      ask(index);
      yield result.value;
    }
  } finally {
    for (const index of pending.keys()) void iterators[index]!.return?.().catch(() => undefined);
  }
}
