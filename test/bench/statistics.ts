import type { Measure } from "./bench.ts";

/** The value below which the share of the values lies: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Ours ÷ baseline, by medians; undefined without a baseline. */
export function ratio({ values, baseline }: Measure): number | undefined {
  return baseline === undefined ? undefined : median(values) / median(baseline.values);
}

/** Whether a figure is as it should be; undefined without a target. */
export function isMet(measure: Measure): boolean | undefined {
  const { target } = measure;
  if (target === undefined) return undefined;
  const figure = target.of === "ratio" ? ratio(measure)! : median(measure.values);
  return target.at === "least" ? figure >= target.bound : figure <= target.bound;
}

/** A number with as many digits as mean something. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** `median unit (min–max)`. */
export function formatValues(values: readonly number[], unit: string): string {
  const middle = `${formatNumber(median(values))}${unit && ` ${unit}`}`;
  if (values.length < 2) return middle;
  return `${middle} (${formatNumber(Math.min(...values))}–${formatNumber(Math.max(...values))})`;
}

/** `≥ 1.8×` or `< 3 ms`. */
export function formatTarget({ target, unit }: Measure): string {
  if (target === undefined) return "";
  const sign = target.at === "least" ? "≥" : "≤";
  return target.of === "ratio" ? `${sign} ${target.bound}×` : `${sign} ${target.bound} ${unit}`;
}
