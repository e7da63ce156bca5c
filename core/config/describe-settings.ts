import { SCALARS, scalarValue, type Settings, type SettingSource } from "./settings.ts";

/** A setting as `errand config` shows it. */
export interface ShownSetting {
  readonly name: string;
  /** As it is written in the file; secrets are masked. */
  readonly value: unknown;
  readonly source: SettingSource;
}

const MASK = "********";

/** Every setting with its value and where that came from. */
export function describeSettings(settings: Settings): readonly ShownSetting[] {
  const shown = (name: string, value: unknown): ShownSetting => ({
    name,
    value,
    source: settings.sources[name] ?? "default",
  });
  return [
    shown("data", settings.data),
    ...SCALARS.map(({ name, kind }) => shown(name, kind.show(scalarValue(settings, name)))),
    shown("plugins", masked(settings.plugins)),
  ];
}

/** A copy in which the values of keys that sound like secrets are hidden, whatever they are. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, SECRET.test(key) ? MASK : masked(part)]),
  );
}

/** `keyFile`, `publicKey` and the like name no secret. */
const SECRET =
  /(?:secret|token|passw|passphrase|credential|private_?key|access_?key|api_?key|^key$|^auth)(?!.*(?:file|path|name|env)$)/i;
