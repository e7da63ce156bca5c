/** The protocol versions that this host speaks, both ends included. */
export const PROTOCOL = { min: 1, max: 1 } as const;

/** The highest version that both speak, or undefined. */
export function pickProtocol(
  plugin: { readonly min: number; readonly max: number },
): number | undefined {
  const version = Math.min(plugin.max, PROTOCOL.max);
  return version >= Math.max(plugin.min, PROTOCOL.min) ? version : undefined;
}
