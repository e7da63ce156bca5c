import type { PluginEntry } from "../http/mod.ts";
import type { SecretStore } from "../kernel/secret-store.ts";
import type { ServicePorts } from "../host/mod.ts";
import { type InstanceSetting, openRegistry, type PluginRegistry } from "../registry/mod.ts";
import type { KvStore } from "../store/mod.ts";
import type { OfferedScheduler } from "./check-pipeline.ts";
import { type DataDir, isRoot } from "./data-dir.ts";
import type { ServerLog } from "./server-log.ts";

/** How the plugins of a server are opened. */
export interface PluginsOptions {
  readonly dir: DataDir;
  readonly installation: string;
  /** Rises with every start: the lease epoch. */
  readonly generation: number;
  readonly kv: KvStore;
  readonly log: ServerLog;
  /** Instances by name, as configured. */
  readonly configured: Readonly<Record<string, InstanceSetting>>;
  /** Whom processes run as, where the configuration does not say. */
  readonly runAs?: string;
}

/** The plugin instances of a server, by what they are for. */
export interface PluginInstances {
  readonly schedulers: readonly Omit<OfferedScheduler, "slots">[];
  readonly secretStores: readonly SecretStore[];
  /** What an operator should know, a sentence each. */
  readonly warnings: readonly string[];
  list(): readonly PluginEntry[];
  close(): Promise<void>;
}

/** The folder of the plugins that come with the program. */
export const BUILT_IN = new URL("../../plugins/", import.meta.url).pathname;
const PROCESS = "process";
const OPEN_MS = 30_000;
const HEALTH_MS = 5_000;

/** Opens the built-in plugins and the configured instances. One that cannot be opened is a warning. */
export async function openPlugins(options: PluginsOptions): Promise<PluginInstances> {
  const { dir, installation, runAs } = options;
  const registry = await openRegistry({
    roots: [{ dir: BUILT_IN, builtIn: true }],
    instances: withRunAs(options.configured, runAs),
    grants: {},
    installation,
    generation: options.generation,
    instancesDir: dir.instances,
    ports: servicePorts(options),
  }, AbortSignal.timeout(OPEN_MS));
  const warnings = registry.instances.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`the plugin instance ${name} is not there: ${reason}`]
  );
  for (const { handle } of registry.instances) {
    const health = await handle?.plugin.health(AbortSignal.timeout(HEALTH_MS));
    if (health && health.state !== "ready") warnings.push(health.message);
  }
  const schedulers = offer(registry, { warnings, trusted: runAs !== undefined });
  return {
    schedulers,
    secretStores: registry.instances.flatMap(({ handle }) => handle?.secretStore ?? []),
    warnings,
    list: () => registry.plugins,
    close: () => registry.close(),
  };
}

function offer(
  registry: PluginRegistry,
  at: { readonly warnings: string[]; readonly trusted: boolean },
): readonly Omit<OfferedScheduler, "slots">[] {
  return registry.instances.flatMap(({ name, plugin, namespaces, handle }) => {
    const traits = handle?.traits.scheduler;
    if (!handle?.scheduler || !traits) return [];
    // without root a task is this user: it could read the token, the key and the database
    const unguarded = plugin === PROCESS && !isRoot() && !at.trusted;
    if (unguarded) {
      at.warnings.push(
        `tasks of ${name} run as the server's own user and could read its files: only the ` +
          `namespace default may use it; start the server as root to run them as another user`,
      );
    }
    const only = unguarded ? ["default"] : namespaces;
    return [{ name, scheduler: handle.scheduler, traits, ...(only ? { namespaces: only } : {}) }];
  });
}

function withRunAs(
  configured: Readonly<Record<string, InstanceSetting>>,
  runAs: string | undefined,
): Readonly<Record<string, InstanceSetting>> {
  if (runAs === undefined) return configured;
  const own = configured[PROCESS];
  const config = { runAs, ...(own?.config as Record<string, unknown> | undefined) };
  return { ...configured, [PROCESS]: { ...own, config } };
}

function servicePorts({ kv, log }: PluginsOptions): ServicePorts {
  return {
    log: ({ instance, level, message, fields }) =>
      log.write(level, message, { instance, ...fields }),
    kv,
  };
}
