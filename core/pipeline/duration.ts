/**
 * Milliseconds of a duration such as `500ms`, `90s`, `1h30m`, `2w`, or undefined when it is not one.
 * Units come largest first, each at most once; there is no fraction, sign or space.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || text === "") return undefined;
  let ms = 0;
  for (const [i, unit] of UNITS.entries()) ms += Number(match[i + 1] ?? 0) * unit.ms;
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest text of a duration: `5400000` → `1h30m`; `0` → `0s`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const { name, ms: unit } of UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return text || "0s";
}

/** The same rule as a JSON Schema pattern, zero left out. */
export const DURATION_PATTERN =
  "^(?=.*[1-9])(\\d{1,15}w)?(\\d{1,15}d)?(\\d{1,15}h)?(\\d{1,15}m)?(\\d{1,15}s)?(\\d{1,15}ms)?$";

const UNITS = [
  { name: "w", ms: 604_800_000 },
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "m", ms: 60_000 },
  { name: "s", ms: 1_000 },
  { name: "ms", ms: 1 },
] as const;

const DURATION =
  /^(?:(\d{1,15})w)?(?:(\d{1,15})d)?(?:(\d{1,15})h)?(?:(\d{1,15})m)?(?:(\d{1,15})s)?(?:(\d{1,15})ms)?$/;

/** For messages. */
export const DURATION_EXAMPLES = "90s or 10m";
