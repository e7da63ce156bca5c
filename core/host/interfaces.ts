import type { Manifest, PluginInterface } from "../../protocol/manifest/mod.ts";
import type { CallGuard } from "./call-guard.ts";
import { guardInterface, type InterfaceRules, missingMethods } from "./interface-rule.ts";
import type { PluginHandle, PluginTraits } from "./plugin-handle.ts";
import { OBJECT_STORE_RULES } from "./rules/object-store-rules.ts";
import { SCHEDULER_RULES } from "./rules/scheduler-rules.ts";
import { SECRET_STORE_RULES } from "./rules/secret-store-rules.ts";
import { TRIGGER_RULES } from "./rules/trigger-rules.ts";

/** The interfaces of a handle. */
export type Interfaces = Pick<
  PluginHandle,
  "scheduler" | "objectStore" | "secretStore" | "trigger"
>;

interface InterfaceKind {
  readonly property: keyof Interfaces;
  readonly rules: InterfaceRules<object>;
  /** Optional methods that a trait promises: trait → method. */
  readonly promised: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<PluginInterface, InterfaceKind>> = {
  scheduler: { property: "scheduler", rules: SCHEDULER_RULES, promised: { exec: "exec" } },
  object_store: {
    property: "objectStore",
    rules: OBJECT_STORE_RULES,
    promised: { presign: "presign" },
  },
  secret_store: {
    property: "secretStore",
    rules: SECRET_STORE_RULES,
    promised: { writable: "put" },
  },
  trigger: {
    property: "trigger",
    rules: TRIGGER_RULES,
    promised: { receives: "receive", watches: "watch" },
  },
};

/**
 * The interfaces of a plugin object, guarded. Each is the object's property of that name
 * (`scheduler`, `objectStore`, `secretStore`, `trigger`); a plugin of one interface may implement it
 * itself.
 */
export function guardInterfaces(
  plugin: object,
  manifest: Manifest,
  guard: CallGuard,
): { readonly interfaces: Interfaces; readonly problems: readonly string[] } {
  const interfaces: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of manifest.interfaces) {
    const { property, rules } = KINDS[name];
    const target = implementationOf(plugin, property, manifest.interfaces.length === 1);
    if (!target) {
      problems.push(`it has several interfaces, but no property ${property} for ${name}`);
      continue;
    }
    problems.push(...checkMethods(target, name, manifest.traits));
    interfaces[property] = guardInterface(target, rules, guard);
  }
  return { interfaces, problems };
}

function implementationOf(plugin: object, property: string, alone: boolean): object | undefined {
  const part = (plugin as Record<string, unknown>)[property];
  if (typeof part === "object" && part !== null) return part;
  return alone ? plugin : undefined;
}

function checkMethods(
  target: object,
  name: PluginInterface,
  traits: PluginTraits | Manifest["traits"],
): readonly string[] {
  const { rules, promised } = KINDS[name];
  const declared = (traits[name] ?? {}) as Readonly<Record<string, unknown>>;
  const unkept = Object.entries(promised).filter(([trait, method]) =>
    declared[trait] === true && typeof Reflect.get(target, method) !== "function"
  );
  return [
    ...missingMethods(target, rules).map((method) => `${name} lacks the method ${method}`),
    ...unkept.map(([trait, method]) => `${name} declares ${trait}, but lacks the method ${method}`),
  ];
}
