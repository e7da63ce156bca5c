/** The largest message either way, in bytes (`protocol/README.md`). */
export const MAX_MESSAGE_BYTES = 8_388_608;

/**
 * About how many bytes a value takes as a message: texts and bytes count as they are long, every
 * number, key and list a little. Stops counting once it is past `limit`.
 */
export function measure(value: unknown, limit: number = MAX_MESSAGE_BYTES): number {
  switch (typeof value) {
    case "string":
      return value.length;
    case "object":
      return value === null ? 0 : measureObject(value, limit);
    case "undefined":
      return 0;
    default:
      return 8;
  }
}

function measureObject(value: object, limit: number): number {
  if (value instanceof Uint8Array) return value.length;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const it of value) {
      bytes += measure(it, limit - bytes);
      if (bytes > limit) return bytes;
    }
    return bytes;
  }
  for (const key in value) {
    bytes += key.length + measure((value as Record<string, unknown>)[key], limit - bytes);
    if (bytes > limit) return bytes;
  }
  return bytes;
}
