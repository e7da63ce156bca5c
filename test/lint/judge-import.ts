import { CLI_DOORS, COMMANDS_WITH_DOORS, ONLY_IN, SAME_ROOM, ZONES } from "./zones.ts";

/** One import as it stands in a file. */
export interface Import {
  /** The importing file, from the root of the repository, with `/`. */
  readonly file: string;
  readonly specifier: string;
  /** `type` = erased before it runs; `dynamic` = `import(…)`. */
  readonly kind: "value" | "type" | "dynamic";
}

const ZONE_NAMES = Object.keys(ZONES).sort((a, b) => b.length - a.length);

/** Says what is wrong with an import, or undefined when the house allows it. */
export function judgeImport(it: Import): string | undefined {
  const { file, specifier } = it;
  if (isTest(file)) return undefined;
  const zone = zoneOf(file);
  if (zone === undefined) {
    return /^(?:core|plugins|protocol)\//.test(file)
      ? `${file} is in no room of the house: add its folder to test/lint/zones.ts, with a reason`
      : undefined;
  }
  if (specifier.startsWith(".")) return judgeFile(it, { zone, target: resolve(file, specifier) });
  if (specifier.startsWith("node:")) {
    return ZONES[zone]!.pure ? `${zone} is pure: it may not import ${specifier}` : undefined;
  }
  return judgePackage(specifier, zone);
}

/** The zone of a path, or undefined outside the layers. */
export function zoneOf(path: string): string | undefined {
  const isIn = (room: string) => path === room || path.startsWith(`${room}/`);
  return ZONE_NAMES.find(isIn) ??
    Object.entries(SAME_ROOM).find(([room]) => isIn(room))?.[1];
}

/** Says what is wrong with a command that opens a door of `cli/ports.ts`, or undefined. */
export function judgeDoorUse(file: string, door: string): string | undefined {
  if (!file.startsWith("cli/commands/") || isTest(file) || door === "openClient") return undefined;
  if (COMMANDS_WITH_DOORS.some((command) => command.test(file))) return undefined;
  return `${file} may not use ports.${door}: it is not among the commands that may load core`;
}

/** True where everything may be imported. */
export function isTest(path: string): boolean {
  return path.startsWith("test/") || path.endsWith(".test.ts");
}

function judgeFile(it: Import, { zone, target }: { zone: string; target: string }) {
  if (zone === "docs/examples") return "an example imports published names only, never a path";
  const there = zoneOf(target);
  if (zone === "plugins" && there === zone) {
    return roomOf(it.file) === roomOf(target)
      ? undefined
      : `${roomOf(it.file)} may not import another plugin (${target})`;
  }
  if (there !== undefined && there === zone) return undefined;
  if (zone === "cli" && target.startsWith("core/")) return judgeDoor(it, target);
  const { may, types = [] } = ZONES[zone]!;
  if (there === undefined || !may.includes(there)) {
    if (there === undefined || !types.includes(there)) return `${zone} may not import ${target}`;
    if (it.kind !== "type") return `${zone} may import types only from ${there}: ${target}`;
  }
  return judgeEntry(target, there);
}

/** Between folders the entry file is imported; the kernel and the protocol's own files have none. */
function judgeEntry(target: string, zone: string): string | undefined {
  if (zone === "core/kernel" || zone === target || target.endsWith("/mod.ts")) return undefined;
  if (/^protocol\/[^/]+\.ts$/.test(target) || target.startsWith("protocol/gen/")) return undefined;
  return `import ${zone}/mod.ts instead of ${target}: between folders only the entry file`;
}

function judgeDoor(it: Import, target: string): string | undefined {
  if (it.kind === "value") return `cli may reach ${target} by dynamic import only`;
  if (!CLI_DOORS.includes(it.file)) {
    return `${it.file} may not reach ${target}: only the doors named in test/lint/zones.ts may`;
  }
  return judgeEntry(target, zoneOf(target) ?? "core");
}

function judgePackage(specifier: string, zone: string): string | undefined {
  if (/^[a-z]+:/.test(specifier)) {
    return `${specifier}: packages are imported by their plain name, listed in package.json`;
  }
  if (ZONES[zone]!.packages === "none") return `${zone} may not import packages: ${specifier}`;
  const name = Object.keys(ONLY_IN)
    .filter((name) => specifier === name || specifier.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length)[0];
  const only = name === undefined ? undefined : ONLY_IN[name]!;
  if (only === undefined || only.includes(zone)) return undefined;
  return `only ${only.join(" and ")} may import ${name}`;
}

/** `plugins/<interface>/<name>`. */
function roomOf(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}

function resolve(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}
