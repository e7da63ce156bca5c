import { isIPv4, isIPv6 } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { ErrandError } from "../../protocol/errors.ts";
import { nearest } from "../../protocol/nearest.ts";
import { readServerFile } from "./server-file.ts";
import {
  assembleScalars,
  DATA_VARIABLE,
  SCALARS,
  type ScalarSetting,
  type Settings,
  type SettingSource,
} from "./settings.ts";

/** What settings are made of. */
export interface SettingsInput {
  /** Setting → text as typed. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The data directory that the caller found; undefined = flag, environment, default. */
  readonly dataDir?: string;
}

/**
 * Every setting: flag before `ERRAND_…` variable before `DIR/server.yaml` before default. An empty
 * variable is one that is not set. Variables that no setting has are somebody else's; one that is
 * nearly that of a setting is a warning.
 *
 * @throws {ErrandError} `invalid` for a value that is none, or an unknown key, with its place; `denied`
 * for an address beyond this machine that was not allowed
 */
export function loadSettings(input: SettingsInput): Settings {
  const data = dataDirectory(input);
  const file = readServerFile(join(data.path, "server.yaml"));
  const sources: Record<string, SettingSource> = { data: data.source };
  const values = new Map<string, unknown>();
  for (const flag of Object.keys(input.flags)) {
    if (flag !== "data" && !SCALARS.some(({ name }) => name === flag)) {
      throw new ErrandError("invalid", `${flag} is no setting that has a flag`);
    }
  }
  for (const setting of SCALARS) {
    const { value, source } = valueOf(setting, input, file.values);
    values.set(setting.name, value);
    sources[setting.name] = source;
  }
  sources["plugins"] = file.plugins ? "file" : "default";
  const settings: Settings = {
    data: data.path,
    ...assembleScalars(values),
    plugins: file.plugins ?? {},
    sources,
    warnings: misspelt(input.env),
  };
  checkListen(settings);
  return deepFreeze(settings);
}

/** Where a server keeps its things when nobody says: the XDG state folder, `/var/lib/errand` as root. */
export function defaultDataDir(
  env: Readonly<Record<string, string | undefined>>,
  isRoot: boolean,
): string {
  if (isRoot) return "/var/lib/errand";
  if (env["XDG_STATE_HOME"]) return join(env["XDG_STATE_HOME"], "errand");
  if (env["HOME"]) return join(env["HOME"], ".local", "state", "errand");
  throw new ErrandError(
    "invalid",
    "no place for a data directory: neither HOME nor XDG_STATE_HOME is set; give --data DIR",
  );
}

function dataDirectory(
  { flags, env, dataDir }: SettingsInput,
): { readonly path: string; readonly source: SettingSource } {
  if (flags["data"]) return { path: resolve(flags["data"]), source: "flag" };
  const variable = env[DATA_VARIABLE] ? resolve(env[DATA_VARIABLE]) : undefined;
  if (dataDir === undefined) {
    if (variable !== undefined) return { path: variable, source: "environment" };
    return { path: defaultDataDir(env, process.getuid?.() === 0), source: "default" };
  }
  const path = resolve(dataDir);
  if (path === variable) return { path, source: "environment" };
  const none = variable === undefined && !env["XDG_STATE_HOME"] && !env["HOME"];
  const isDefault = variable === undefined &&
    (process.getuid?.() === 0 || !none) &&
    path === defaultDataDir(env, process.getuid?.() === 0);
  return { path, source: isDefault ? "default" : "flag" };
}

function valueOf(
  setting: ScalarSetting,
  { flags, env }: SettingsInput,
  file: ReadonlyMap<string, unknown>,
): { readonly value: unknown; readonly source: SettingSource } {
  const { name, variable, kind } = setting;
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  for (
    const { text, source, at } of [
      { text: flag, source: "flag", at: `--${kebab(name)}` },
      { text: env[variable] || undefined, source: "environment", at: variable },
    ] as const
  ) {
    if (text === undefined) continue;
    const value = kind.fromText(text);
    if (value !== undefined) return { value, source };
    throw new ErrandError(
      "invalid",
      `${at}: expected ${kind.wanted}, found ${JSON.stringify(text)}`,
    );
  }
  if (file.has(name)) return { value: file.get(name), source: "file" };
  return { value: setting.initial(), source: "default" };
}

function checkListen({ listen, allowRemote }: Settings): void {
  if (allowRemote || isLoopback(listen.host)) return;
  throw new ErrandError(
    "denied",
    `listening on ${listen.host} would let other machines in without encryption: listen on 127.0.0.1 ` +
      "behind a proxy that encrypts, or allow it with --allow-remote (ERRAND_ALLOW_REMOTE=true)",
  );
}

function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  if (isIPv6(host)) return /^(?:0*:)*:?0*1$/.test(host) || /^::ffff:127\./i.test(host);
  return host.toLowerCase() === "localhost";
}

function misspelt(env: SettingsInput["env"]): readonly string[] {
  const known = [DATA_VARIABLE, ...SCALARS.map(({ variable }) => variable)];
  const names = known.map((name) => name.slice(PREFIX.length));
  return Object.keys(env).filter((name) =>
    name.startsWith(PREFIX) && !known.includes(name) && !OTHERS.test(name)
  ).flatMap((name) => {
    const near = nearest(name.slice(PREFIX.length), names);
    return near === undefined
      ? []
      : [`the variable ${name} is ignored: did you mean ${PREFIX}${near}?`];
  });
}

const PREFIX = "ERRAND_";
/** Variables of other parts: the command line's, secrets, and those that tasks get. */
const OTHERS =
  /^ERRAND_(?:URL|TOKEN|FAILPOINT|SECRET_.*|SOCKET|RUN_ID|RUN_NUMBER|TASK|ATTEMPT|OUTPUT|SUMMARY|WORKSPACE|PIPELINE|NAMESPACE)$/;

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll(".", "-");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
