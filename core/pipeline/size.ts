/** Bytes of a size such as `512B`, `256MiB`, `2GB`, or undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15})(B|[KMGT]iB|[kMGT]B)$/.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1]) * BYTES[match[2] as keyof typeof BYTES];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const BYTES = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;
