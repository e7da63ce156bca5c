/** What took turns, with one value a repetition each. */
export type Turns<K extends string> = Readonly<Record<K, readonly number[]>>;

/** Runs each of the parts once, then again, as often as asked for: A B A B. */
export async function interleave<K extends string>(
  repetitions: number,
  parts: Readonly<Record<K, () => Promise<number>>>,
): Promise<Turns<K>> {
  const names = Object.keys(parts) as K[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    K,
    number[]
  >;
  for (let round = 0; round < repetitions; round++) {
    for (const name of names) values[name].push(await parts[name]());
  }
  return values;
}
