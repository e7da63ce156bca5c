import { findPlugins, type FoundPlugin, type PluginRoot } from "./find-plugins.ts";
import {
  type InstanceEntry,
  type InstanceOptions,
  type InstanceSetting,
  openInstance,
  wantedInstances,
} from "./instances.ts";
import { brokenEntry, entryOf, type PluginEntry } from "./plugin-entry.ts";

/** What the registry is opened with. */
export interface RegistryOptions extends Omit<InstanceOptions, "grantsOf"> {
  /** Where plugins are; earlier roots win where ids meet. */
  readonly roots: readonly PluginRoot[];
  /** Instances by name, as configured. */
  readonly instances: Readonly<Record<string, InstanceSetting>>;
  /** Capabilities that an operator granted, by plugin id. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
}

/** The plugins of a server and their open instances. */
export interface PluginRegistry {
  /** All that were found, broken ones included. */
  readonly plugins: readonly PluginEntry[];
  /** The configured ones in their order, then those of built-ins; refused ones included. */
  readonly instances: readonly InstanceEntry[];
  /** The instance of this name when it is open. */
  instance(name: string): InstanceEntry | undefined;
  /** Closes all instances, the last opened first. Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * Finds the plugins below the roots, checks them, and opens their instances. A plugin or an instance
 * that cannot be used is an entry with its reason, never an error: the server runs without it.
 *
 * @throws {Error} when a root cannot be read.
 */
export async function openRegistry(
  options: RegistryOptions,
  signal: AbortSignal,
): Promise<PluginRegistry> {
  const { found, broken } = await findPlugins(options.roots);
  const grantsOf = (id: string) => Object.hasOwn(options.grants, id) ? options.grants[id]! : [];
  const pendingOf = ({ manifest }: FoundPlugin) =>
    manifest.capabilities.filter((it) => !grantsOf(manifest.id).includes(it));
  const usable = found.filter((it) => !refusalOf(it) && pendingOf(it).length === 0);
  const refused = new Map(
    found.filter((it) => !usable.includes(it)).map((it) => {
      const why = refusalOf(it) ?? `nobody granted it ${pendingOf(it).join(", ")}`;
      return [it.manifest.id, why];
    }),
  );
  const instances = await Promise.all(
    wantedInstances(usable, options.instances).map((it) =>
      openInstance(it, { ...options, grantsOf, usable, refused }, signal)
    ),
  );
  const plugins = found.map((it) =>
    entryOf(it, {
      grants: grantsOf(it.manifest.id).filter((name) => it.manifest.capabilities.includes(name)),
      pending: pendingOf(it),
      refusal: refusalOf(it),
      instances: instances.filter(({ plugin }) => plugin === it.manifest.id),
    })
  );
  return new OpenRegistry([...plugins, ...broken.map(brokenEntry)], instances);
}

class OpenRegistry implements PluginRegistry {
  readonly plugins: readonly PluginEntry[];
  readonly instances: readonly InstanceEntry[];
  #closed: Promise<void> | undefined;

  constructor(plugins: readonly PluginEntry[], instances: readonly InstanceEntry[]) {
    this.plugins = plugins;
    this.instances = instances;
  }

  instance(name: string): InstanceEntry | undefined {
    return this.instances.find((it) => it.name === name && it.state === "ready");
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    for (const { handle } of this.instances.toReversed()) await handle?.close();
  }
}

/** Why this version cannot use a plugin whose manifest is right. */
function refusalOf({ builtIn, manifest: { runtime } }: FoundPlugin): string | undefined {
  if (runtime.kind !== "module") return `plugins of the kind ${runtime.kind} cannot be loaded yet`;
  if (builtIn) return undefined;
  return "a module would run with all that the server may do: only built-in ones are loaded";
}
