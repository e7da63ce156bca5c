import { ErrandError, PluginError } from "../../../protocol/errors.ts";
import { type Manifest, pickProtocol, PROTOCOL } from "../../../protocol/manifest/mod.ts";
import type { Plugin, PluginDescription } from "../../kernel/plugin.ts";
import { CallGuard } from "../call-guard.ts";
import { checkConfig, configRefused } from "../check-config.ts";
import { checkDescription } from "../check-description.ts";
import { guardInterface, missingMethods } from "../interface-rule.ts";
import { guardInterfaces } from "../interfaces.ts";
import type { PluginHandle, PluginTraits } from "../plugin-handle.ts";
import { PLUGIN_RULES } from "../rules/plugin-rules.ts";
import { hostServices, type ServicePorts } from "../services/mod.ts";
import { loadClass } from "./load-class.ts";

/** One instance to open. */
export interface OpenOptions {
  readonly manifest: Manifest;
  /** The plugin's folder: its manifest's paths are inside. */
  readonly dir: string;
  readonly instance: string;
  /** Names this server's things in a backend that others use too; `[a-z0-9]`, at most 16 bytes. */
  readonly installation: string;
  /** Rises with every opening of this instance, as the server's lease epoch does. */
  readonly generation: number;
  /** A folder of the instance's own, which exists; "" = none. */
  readonly dataDir: string;
  /** A JSON value, checked against the manifest's `configSchema`. */
  readonly config: unknown;
  /** Capabilities that an operator granted. */
  readonly grants: readonly string[];
  readonly ports: ServicePorts;
}

/**
 * Opens a plugin through the `module` door: in this process, so for first-party plugins only. When
 * it rejects, nothing is left open.
 *
 * @throws {ErrandError} `invalid` with the fact `problems` for a configuration that is not right.
 * @throws {PluginError} `unsupported` for another door or protocol, `invalid` for a module that is
 * not what its manifest says, `unavailable` when it says that it is down, or what it threw.
 */
export async function openModule(options: OpenOptions, signal: AbortSignal): Promise<PluginHandle> {
  const { manifest, instance, ports } = options;
  const protocol = checkProtocol(manifest);
  const config = checkConfig(manifest, options.config);
  if (config.length > 0) throw configRefused(instance, config);
  const object = await construct(options);
  const guard = new CallGuard(instance); // of the work; the life cycle has its own
  const missing = missingMethods(object, PLUGIN_RULES);
  if (missing.length > 0) throw notAsDeclared(instance, missing.map((it) => `it lacks ${it}`));
  const plugin = guardInterface(object, PLUGIN_RULES, new CallGuard(instance));
  const close = closer({ instance, manifest, plugin, guard, ports });
  try {
    const { interfaces, problems } = guardInterfaces(object, manifest, guard);
    if (problems.length > 0) throw notAsDeclared(instance, problems);
    const description = await shakeHands(plugin, { ...options, protocol }, signal);
    const traits = manifest.traits as unknown as PluginTraits;
    return { instance, manifest, description, protocol, traits, plugin, ...interfaces, close };
  } catch (reason) {
    await close();
    throw reason;
  }
}

function checkProtocol(manifest: Manifest): number {
  const { id, runtime, protocol } = manifest;
  if (runtime.kind !== "module") {
    throw refuse("unsupported", `${id}: ${runtime.kind} plugins cannot be opened as a module`);
  }
  const picked = pickProtocol(protocol);
  if (picked !== undefined) return picked;
  const ours = `${PROTOCOL.min} to ${PROTOCOL.max}`;
  const its = `${protocol.min} to ${protocol.max}`;
  const hint = protocol.min > PROTOCOL.max ? "a newer server" : "a newer version of the plugin";
  throw refuse(
    "unsupported",
    `${id} speaks protocol ${its}, this server ${ours}: ${hint} is needed`,
  );
}

async function construct(options: OpenOptions): Promise<Plugin> {
  const { manifest: { id, runtime }, dir, instance, grants, ports } = options;
  if (runtime.kind !== "module") throw refuse("unsupported", `${id} is no module`);
  const host = hostServices({ plugin: id, instance, grants, ports });
  try {
    const found = await loadClass(dir, runtime.entry, runtime.class);
    return new found(host);
  } catch (reason) {
    const { code, message } = PluginError.from(reason);
    throw new PluginError(code, `${instance}: ${message}`, { cause: reason });
  }
}

/** `info`, `configure`, `health`, in this order. */
async function shakeHands(
  plugin: Plugin,
  options: OpenOptions & { readonly protocol: number },
  signal: AbortSignal,
): Promise<PluginDescription> {
  const { manifest, instance, installation, generation, protocol, dataDir } = options;
  const description = await plugin.info(signal);
  const differences = checkDescription(manifest, description);
  if (differences.length > 0) throw notAsDeclared(instance, differences);
  const config = JSON.stringify(options.config);
  const request = { instance, installation, generation, protocol, dataDir, config };
  const { problems } = await plugin.configure(request, signal);
  if (problems.length > 0) throw configRefused(instance, problems);
  const { state, message } = await plugin.health(signal);
  if (state === "down") throw refuse("unavailable", `${instance} is down: ${message}`);
  return description;
}

function closer(parts: {
  readonly instance: string;
  readonly manifest: Manifest;
  readonly plugin: Plugin;
  readonly guard: CallGuard;
  readonly ports: ServicePorts;
}): (graceMs?: number) => Promise<void> {
  const { instance, manifest, plugin, guard, ports } = parts;
  let closed: Promise<void> | undefined;
  return (graceMs = 5_000) => closed ??= close(graceMs);

  async function close(graceMs: number): Promise<void> {
    guard.refuse();
    try {
      await plugin.shutdown(graceMs, new AbortController().signal);
    } catch (reason) {
      const message = `the plugin did not shut down: ${ErrandError.from(reason).message}`;
      ports.log({ plugin: manifest.id, instance, level: "error", message, fields: {} });
    }
    await guard.close();
  }
}

function notAsDeclared(instance: string, problems: readonly string[]): PluginError {
  return refuse("invalid", `${instance} is not what its manifest says: ${problems.join("; ")}`);
}

function refuse(code: "unsupported" | "invalid" | "unavailable", message: string): PluginError {
  return new PluginError(code, message, { origin: "host" });
}
