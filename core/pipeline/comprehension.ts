import type { Value } from "./value.ts";

/** What a comprehension does with each element. */
interface Body {
  readonly test: ((item: Value) => boolean) | undefined;
  readonly transform: ((item: Value) => Value) | undefined;
  /** True for errors that end everything at once. */
  readonly isFatal: (error: unknown) => boolean;
}

/** Walks over the elements as `all`, `exists`, `exists_one`, `map` or `filter` does. */
export function walk(name: string, items: readonly Value[], body: Body): Value {
  return name === "all" || name === "exists"
    ? decide(items, { ...body, by: name === "exists" })
    : collect(name, items, body);
}

/** `all` is decided by the first false, `exists` by the first true: errors before that do not matter. */
function decide(
  items: readonly Value[],
  { test, isFatal, by }: Body & { readonly by: boolean },
): boolean {
  let failure: { readonly error: unknown } | undefined;
  for (const item of items) {
    try {
      if (test?.(item) === by) return by;
    } catch (error) {
      if (isFatal(error)) throw error;
      failure ??= { error };
    }
  }
  if (failure) throw failure.error;
  return !by;
}

function collect(name: string, items: readonly Value[], { test, transform }: Body): Value {
  const chosen: Value[] = [];
  for (const item of items) {
    if (test && !test(item)) continue;
    chosen.push(transform ? transform(item) : item);
  }
  return name === "exists_one" ? chosen.length === 1 : chosen;
}
