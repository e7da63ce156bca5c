import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "../../protocol/manifest/mod.ts";
import type { PluginDescription } from "../kernel/plugin.ts";

/**
 * Where what a plugin says of itself differs from its manifest, in words; empty = nowhere. The
 * manifest is what an operator has seen, so nothing may be said otherwise later.
 */
export function checkDescription(
  manifest: Manifest,
  said: PluginDescription,
): readonly string[] {
  const wanted: Readonly<Record<string, unknown>> = {
    id: manifest.id,
    version: manifest.version,
    protocol: manifest.protocol,
    interfaces: [...manifest.interfaces].sort(),
    configSchema: manifest.configSchema ?? {},
    taskSchema: manifest.taskSchema ?? {},
    traits: manifest.traits,
  };
  const found: Readonly<Record<string, unknown>> = {
    id: said.id,
    version: said.version,
    protocol: said.protocol,
    interfaces: [...said.interfaces].sort(),
    configSchema: parse(said.configSchema),
    taskSchema: parse(said.taskSchema),
    traits: parse(said.traits),
  };
  return Object.keys(wanted)
    .filter((key) => !isDeepStrictEqual(plain(wanted[key]), plain(found[key])))
    .map((key) => `info() says ${key} ${show(found[key])}, plugin.json says ${show(wanted[key])}`);
}

function parse(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return `(no JSON) ${text}`;
  }
}

/** Without prototypes and undefined keys, as JSON has it. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
