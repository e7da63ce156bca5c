import { Buffer } from "node:buffer";

/**
 * What a log may show of a text (latin1: a character is a byte): every byte of every occurrence of
 * every pattern is gone, each run of them is three stars. Slow and plain, to compare others with.
 */
export function maskAll(text: string, patterns: readonly Uint8Array[]): string {
  const hidden = new Uint8Array(text.length);
  for (const it of patterns) {
    const pattern = Buffer.from(it).toString("latin1");
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      hidden.fill(1, at, at + pattern.length);
    }
  }
  let shown = "";
  for (let i = 0; i < text.length; i++) {
    if (!hidden[i]) shown += text[i];
    else if (i === 0 || !hidden[i - 1]) shown += "***";
  }
  return shown;
}
