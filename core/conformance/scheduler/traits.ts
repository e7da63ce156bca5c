import type { SchedulerTraits } from "../../kernel/scheduler.ts";

/** The traits that need cases, in the order of the report, for one declaration. */
export function declaredTraits(traits: SchedulerTraits): readonly string[] {
  return [
    "contract",
    ...traits.kinds.map((kind) => `kinds:${kind}`),
    `reach:${traits.reach}`,
    ...(traits.workspace ? ["workspace"] : []),
    ...(traits.api ? ["api"] : []),
    ...(traits.exec ? ["exec"] : []),
    ...(traits.fence === "none" ? [] : [`fence:${traits.fence}`]),
    ...(traits.logs === "none" ? [] : [`logs:${traits.logs}`]),
    ...traits.secrets.map((as) => `secrets:${as}`),
    ...(traits.stop === "none" ? [] : [`stop:${traits.stop}`]),
    ...(traits.maxOutputBytes > 0 ? ["maxOutputBytes"] : []),
    ...(traits.maxEnvBytes > 0 ? ["maxEnvBytes"] : []),
  ];
}
