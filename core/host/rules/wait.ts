/** The `waitMs` of a long poll's request. */
export function waitOf(request: unknown): number {
  const { waitMs = 0 } = request as { readonly waitMs?: number };
  return waitMs;
}
