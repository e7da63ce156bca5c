import {
  boolean,
  choice,
  cores,
  duration,
  integer,
  type ListenAddress,
  listenAddress,
  type SettingKind,
  size,
} from "./setting-kind.ts";

/** Where a value came from, the strongest first. */
export type SettingSource = "flag" | "environment" | "file" | "default";

/** A configured instance of a plugin. */
export interface PluginInstance {
  /** The id of the plugin. */
  readonly plugin: string;
  /** As the plugin's own schema wants it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The namespaces that may use it; undefined = all that the plugin allows. */
  readonly namespaces?: readonly string[];
}

/** Every setting of a server, frozen. */
export interface Settings {
  /** The data directory, absolute. */
  readonly data: string;
  readonly listen: ListenAddress;
  /** True when listening beyond this machine without encryption is wanted. */
  readonly allowRemote: boolean;
  /** Attempts at once on the local process scheduler. */
  readonly slots: number;
  readonly logFormat: "text" | "json";
  readonly logLevel: "debug" | "info" | "warning" | "error";
  /** Ended runs of a pipeline that are kept (0 = all), and how long (0 = for ever). */
  readonly retention: { readonly runs: number; readonly ageMs: number };
  /** What one attempt may write to its log. */
  readonly maxLogBytes: number;
  /** By name. */
  readonly plugins: Readonly<Record<string, PluginInstance>>;
  /** Where each value came from, by the name that it has in the file. */
  readonly sources: Readonly<Record<string, SettingSource>>;
  /** What an operator should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** A setting that is one value; `data` and `plugins` are read otherwise. */
export interface ScalarSetting {
  /** Its place in the file: `retention.runs`. */
  readonly name: string;
  readonly variable: string;
  readonly kind: SettingKind<unknown>;
  readonly initial: () => unknown;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The variable that names the data directory. */
export const DATA_VARIABLE = "ERRAND_DATA";

/** Every setting of one value, in the order in which they are shown. */
export const SCALARS: readonly ScalarSetting[] = [
  scalar("listen", listenAddress, () => ({ host: "127.0.0.1", port: 7470 })),
  scalar("allowRemote", boolean, () => false),
  scalar("slots", integer(1, 10_000), cores),
  scalar("logFormat", choice(["text", "json"]), () => "text"),
  scalar("logLevel", choice(["debug", "info", "warning", "error"]), () => "info"),
  scalar("retention.runs", integer(0, 1_000_000_000), () => 10_000),
  scalar("retention.age", duration, () => 90 * 86_400_000),
  scalar("maxLogBytes", size(64 * 1024, 1024 * GIB), () => 64 * MIB),
];

/** The value of every scalar setting out of a map by name. */
export function assembleScalars(values: ReadonlyMap<string, unknown>) {
  const get = <T>(name: string) => values.get(name) as T;
  return {
    listen: get<ListenAddress>("listen"),
    allowRemote: get<boolean>("allowRemote"),
    slots: get<number>("slots"),
    logFormat: get<Settings["logFormat"]>("logFormat"),
    logLevel: get<Settings["logLevel"]>("logLevel"),
    retention: { runs: get<number>("retention.runs"), ageMs: get<number>("retention.age") },
    maxLogBytes: get<number>("maxLogBytes"),
  };
}

/** The value of a scalar setting. */
export function scalarValue(settings: Settings, name: string): unknown {
  const special: Readonly<Record<string, unknown>> = {
    "retention.runs": settings.retention.runs,
    "retention.age": settings.retention.ageMs,
  };
  return Object.hasOwn(special, name) ? special[name] : settings[name as keyof Settings];
}

function scalar<T>(name: string, kind: SettingKind<T>, initial: () => T): ScalarSetting {
  const words = name.replaceAll(".", "_").replace(/[A-Z]/g, (letter) => `_${letter}`);
  return {
    name,
    variable: `ERRAND_${words.toUpperCase()}`,
    kind: kind as SettingKind<unknown>,
    initial,
  };
}
