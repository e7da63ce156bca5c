import { ErrandError } from "../../protocol/errors.ts";

/**
 * The number a page's cursor holds, `none` for a first page.
 *
 * @throws {ErrandError} `invalid`
 */
export function numberCursor(cursor: string | undefined, none: number): number {
  if (cursor === undefined) return none;
  const value = /^\d{1,16}$/.test(cursor) ? Number(cursor) : NaN;
  if (!Number.isSafeInteger(value)) throw badCursor();
  return value;
}

/** A cursor that did not come from here. */
export function badCursor(): ErrandError {
  return new ErrandError(
    "invalid",
    "this is no cursor of this list: pass the `cursor` of the page before as it is, or leave it out",
  );
}

/**
 * A page out of one item more than its limit: the cursor is there when there is a next page.
 */
export function page<T, V>(
  found: readonly T[],
  limit: number,
  as: { view(item: T): V; cursor(item: T): string },
): { readonly items: readonly V[]; readonly cursor?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((item) => as.view(item)),
    ...(found.length > limit && last !== undefined ? { cursor: as.cursor(last) } : {}),
  };
}
