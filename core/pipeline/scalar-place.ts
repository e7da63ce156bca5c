/**
 * Where in a scalar's source (quotes, escapes, indentation and all) the `index`th character of its
 * value stands. 0, the scalar's beginning, where the two do not run in step (folded texts).
 */
export function offsetIn(source: string, value: string, index: number): number {
  const first = source[0];
  if (first === '"' || first === "'") return inQuotes(source, index) ?? 0;
  if (first === "|") return inBlock(source, value, index) ?? 0;
  return source.startsWith(value) ? index : 0;
}

function inQuotes(source: string, index: number): number | undefined {
  if (source.includes("\n")) return undefined;
  const double = source[0] === '"';
  let at = 1;
  let seen = 0;
  while (seen < index && at < source.length) {
    if (double && source[at] === "\\") {
      const length = { x: 4, u: 6, U: 10 }[source[at + 1] ?? ""] ?? 2;
      const code = length === 10 ? Number.parseInt(source.slice(at + 2, at + 10), 16) : 0;
      seen += code > 0xffff ? 2 : 1;
      at += length;
    } else {
      at += !double && source[at] === "'" ? 2 : 1;
      seen++;
    }
  }
  return at;
}

function inBlock(source: string, value: string, index: number): number | undefined {
  const line = value.slice(0, index).split("\n").length - 1;
  const column = index - (value.lastIndexOf("\n", index - 1) + 1);
  const lines = source.split("\n");
  let at = 0;
  for (let i = 0; i <= line; i++) at += (lines[i]?.length ?? 0) + 1;
  const raw = lines[line + 1];
  const text = value.split("\n")[line];
  if (raw === undefined || text === undefined) return undefined;
  const bare = raw.replace(/\r$/, "");
  return bare.endsWith(text) ? at + (bare.length - text.length) + column : undefined;
}
