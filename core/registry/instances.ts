import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";
import { nearest } from "../../protocol/nearest.ts";
import { checkConfig, openModule, type PluginHandle, type ServicePorts } from "../host/mod.ts";
import type { FoundPlugin } from "./find-plugins.ts";

/** An instance as an operator configures it (`plugins:` in `server.yaml`). */
export interface InstanceSetting {
  /** The id of the plugin; default: the instance's own name. */
  readonly plugin?: string;
  /** Checked against the plugin's `configSchema`; default: none. */
  readonly config?: unknown;
  /** Those that may use it; default: all. */
  readonly namespaces?: readonly string[];
}

/** One instance, open or refused. */
export interface InstanceEntry {
  readonly name: string;
  /** The id of its plugin. */
  readonly plugin: string;
  /** Those that may use it; undefined = all. */
  readonly namespaces: readonly string[] | undefined;
  readonly state: "ready" | "refused";
  /** Why it was refused, for people. */
  readonly reason?: string;
  /** Present exactly when it is ready. */
  readonly handle?: PluginHandle;
}

/** What instances are opened with. */
export interface InstanceOptions {
  readonly installation: string;
  readonly generation: number;
  /** Where each instance gets a folder of its own, mode 0700. */
  readonly instancesDir: string;
  readonly ports: ServicePorts;
  readonly grantsOf: (plugin: string) => readonly string[];
}

/** An instance that is to be opened. */
export interface WantedInstance {
  readonly name: string;
  readonly setting: InstanceSetting;
}

/** Those that are configured, and one for each built-in that can run without a configuration. */
export function wantedInstances(
  usable: readonly FoundPlugin[],
  settings: Readonly<Record<string, InstanceSetting>>,
): readonly WantedInstance[] {
  const configured = Object.entries(settings).map(([name, setting]) => ({ name, setting }));
  const own = usable
    .filter(({ builtIn, manifest }) => builtIn && !Object.hasOwn(settings, manifest.id))
    .filter(({ manifest }) => checkConfig(manifest, {}).length === 0)
    .map(({ manifest: { id } }) => ({ name: id, setting: {} }));
  return [...configured, ...own];
}

/** Opens one instance. Never rejects: what went wrong is in the entry. */
export async function openInstance(
  { name, setting }: WantedInstance,
  options: InstanceOptions & {
    readonly usable: readonly FoundPlugin[];
    /** Plugin id → why it cannot be used. */
    readonly refused: ReadonlyMap<string, string>;
  },
  signal: AbortSignal,
): Promise<InstanceEntry> {
  const plugin = setting.plugin ?? name;
  const line = { name, plugin, namespaces: setting.namespaces };
  try {
    checkName(name);
    const found = pluginOf(plugin, options);
    const dataDir = join(options.instancesDir, name);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const { installation, generation, ports } = options;
    const handle = await openModule({
      manifest: found.manifest,
      dir: found.dir,
      instance: name,
      installation,
      generation,
      dataDir,
      config: setting.config ?? {},
      grants: options.grantsOf(plugin),
      ports,
    }, signal);
    return { ...line, state: "ready", handle };
  } catch (reason) {
    return { ...line, state: "refused", reason: ErrandError.from(reason).message };
  }
}

/** An instance's name is also that of a folder. */
function checkName(name: string): void {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return;
  throw new ErrandError(
    "invalid",
    `an instance's name is a-z, 0-9 and -, 1 to 63 characters, found "${name.slice(0, 100)}"`,
  );
}

function pluginOf(
  id: string,
  { usable, refused }: {
    readonly usable: readonly FoundPlugin[];
    readonly refused: ReadonlyMap<string, string>;
  },
): FoundPlugin {
  const found = usable.find((it) => it.manifest.id === id);
  if (found) return found;
  const why = refused.get(id);
  if (why !== undefined) throw new ErrandError("unsupported", `the plugin ${id}: ${why}`);
  const names = usable.map((it) => it.manifest.id);
  const near = nearest(id, names);
  const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`;
  throw new ErrandError("not_found", `there is no plugin ${id}; ${hint}`);
}
