import { availableParallelism } from "node:os";
import { formatDuration, parseDuration, parseSize } from "../pipeline/mod.ts";

/** How the values of one kind of setting are read and shown. */
export interface SettingKind<T> {
  /** What is wanted, for messages: "expected …". */
  readonly wanted: string;
  /** Out of a flag or the environment; undefined when it is not one. */
  fromText(text: string): T | undefined;
  /** Out of a parsed YAML scalar; undefined when it is not one. */
  fromYaml(value: unknown): T | undefined;
  /** As a person would write it. */
  show(value: T): string | number | boolean;
}

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

/** A whole number within bounds. */
export function integer(min: number, max: number): SettingKind<number> {
  const within = (value: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
  return {
    wanted: `a whole number from ${min} to ${max}`,
    fromText: (text) => /^\d{1,15}$/.test(text) ? within(Number(text)) : undefined,
    fromYaml: (value) => typeof value === "number" ? within(value) : undefined,
    show: (value) => value,
  };
}

/** On or off. */
export const boolean: SettingKind<boolean> = {
  wanted: "true or false",
  fromText: (text) => text === "true" ? true : text === "false" ? false : undefined,
  fromYaml: (value) => typeof value === "boolean" ? value : undefined,
  show: (value) => value,
};

/** One of a few words. */
export function choice<T extends string>(words: readonly T[]): SettingKind<T> {
  const find = (value: unknown) => words.find((word) => word === value);
  return {
    wanted: `one of ${words.join(", ")}`,
    fromText: find,
    fromYaml: find,
    show: (value) => value,
  };
}

/** Milliseconds, written with a unit; `0s` is none. */
export const duration: SettingKind<number> = {
  wanted: "a duration with its unit, such as 90d or 12h",
  fromText: parseDuration,
  fromYaml: (value) => typeof value === "string" ? parseDuration(value) : undefined,
  show: (ms) => ms > 0 && ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : formatDuration(ms),
};

/** Bytes, written with a unit. */
export function size(min: number, max: number): SettingKind<number> {
  const parse = (text: string) => {
    const bytes = parseSize(text);
    return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined;
  };
  return {
    wanted: `a size with its unit, such as 64MiB, from ${formatSize(min)} to ${formatSize(max)}`,
    fromText: parse,
    fromYaml: (value) => typeof value === "string" ? parse(value) : undefined,
    show: formatSize,
  };
}

/** `HOST:PORT`. */
export const listenAddress: SettingKind<ListenAddress> = {
  wanted: "HOST:PORT, such as 127.0.0.1:7470 or [::1]:0",
  fromText: parseListen,
  fromYaml: (value) => typeof value === "string" ? parseListen(value) : undefined,
  show: ({ host, port }) => host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
};

const DAY_MS = 86_400_000;

/** The number of cores that this process may use. */
export function cores(): number {
  return availableParallelism();
}

function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

function formatSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  while (unit < units.length - 1 && value > 0 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}
