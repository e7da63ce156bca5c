/**
 * Splits bytes before a character that is begun but not finished: a log is cut where a read ended,
 * which may be inside a character. What is no UTF-8 at all is not held back.
 */
export function splitUtf8(
  bytes: Uint8Array,
): { readonly whole: Uint8Array; readonly rest: Uint8Array } {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    // a continuation byte: the character began before it
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    if (byte >= 0xf8 || length <= back) break;
    const at = bytes.length - back;
    return { whole: bytes.subarray(0, at), rest: bytes.subarray(at) };
  }
  return { whole: bytes, rest: bytes.subarray(bytes.length) };
}
