import type { CallGuard, CallRule } from "./call-guard.ts";

/** One method of an interface. */
export interface MethodRule extends CallRule {
  /** True when an implementation may lack it. */
  readonly optional?: true;
}

/** Every method of an interface, by name. */
export type InterfaceRules<T> = { readonly [K in keyof T]-?: MethodRule };

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

/** The names of required methods that an implementation lacks. */
export function missingMethods<T>(target: object, rules: InterfaceRules<T>): readonly string[] {
  return Object.entries<MethodRule>(rules)
    .filter(([name, rule]) => !rule.optional && methodOf(target, name) === undefined)
    .map(([name]) => name);
}

/**
 * The same interface, every call of it guarded. Optional methods that the implementation lacks are
 * absent here too. The signal is the last argument, always.
 */
export function guardInterface<T extends object>(
  target: T,
  rules: InterfaceRules<T>,
  guard: CallGuard,
): T {
  const guarded: Record<string, AnyMethod> = {};
  for (const [name, rule] of Object.entries<MethodRule>(rules)) {
    const method = methodOf(target, name);
    if (!method) continue;
    guarded[name] = (...all) => {
      const args = all.slice(0, -1);
      const signal = all.at(-1) as AbortSignal;
      const invoke = (own: AbortSignal) => method.call(target, ...args, own);
      return guard.call(name, invoke, { rule, args, signal });
    };
  }
  return guarded as unknown as T;
}

function methodOf(target: object, name: string): AnyMethod | undefined {
  const found = (target as Record<string, unknown>)[name];
  return typeof found === "function" ? found as AnyMethod : undefined;
}
