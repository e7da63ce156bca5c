import type { Manifest, PluginInterface } from "./manifest.ts";
import schema from "./plugin.schema.json" with { type: "json" };
import { compileSchema, type SchemaCheck, type SchemaProblem } from "./schema-check.ts";

/** A manifest that is right, or what is wrong with it. */
export type ParsedManifest =
  | { readonly manifest: Manifest; readonly problems: readonly [] }
  | { readonly manifest: undefined; readonly problems: readonly SchemaProblem[] };

/** The largest `plugin.json`, in bytes. */
export const MAX_MANIFEST_BYTES = 262_144;

/**
 * Reads the text of a `plugin.json`. Answers problems with JSON pointers, all at once; unknown keys
 * are problems. Never throws.
 */
export function parseManifest(text: string): ParsedManifest {
  if (text.length > MAX_MANIFEST_BYTES) {
    return refuse([{ path: "", message: `larger than ${MAX_MANIFEST_BYTES} bytes` }]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse([{ path: "", message: `is not JSON: ${reason}` }]);
  }
  return checkManifest(value);
}

/** The same for a value that was parsed already (a module's `manifest`, a custom section). */
export function checkManifest(value: unknown): ParsedManifest {
  const problems = checkShape()(value);
  if (problems.length > 0) return refuse(problems);
  const shaped = value as Omit<Manifest, "capabilities" | "traits"> & Partial<Manifest>;
  const { $schema: _, ...keys } = shaped as typeof shaped & { readonly $schema?: string };
  const manifest: Manifest = {
    ...keys,
    capabilities: shaped.capabilities ?? [],
    traits: shaped.traits ?? {},
  };
  const more = checkSense(manifest);
  return more.length > 0 ? refuse(more) : { manifest, problems: [] };
}

let shape: SchemaCheck | undefined;

/** Compiled when the first manifest is read: the command line rarely reads one. */
function checkShape(): SchemaCheck {
  return shape ??= compileSchema(schema);
}

/** What a JSON Schema cannot say. */
function checkSense(manifest: Manifest): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const { min, max } = manifest.protocol;
  if (min > max) {
    problems.push({ path: "/protocol", message: `min ${min} is greater than max ${max}` });
  }
  const declared = new Set<string>(manifest.interfaces);
  for (const name of declared) {
    if (manifest.traits[name as PluginInterface] === undefined) {
      problems.push({ path: "/traits", message: `the traits of "${name}" are missing` });
    }
  }
  for (const name of Object.keys(manifest.traits)) {
    if (declared.has(name)) continue;
    problems.push({
      path: `/traits/${name}`,
      message: `"${name}" is not in interfaces: add it there, or remove its traits`,
    });
  }
  for (const key of ["configSchema", "taskSchema"] as const) {
    problems.push(...checkSchema(key, manifest[key]));
  }
  return problems;
}

function checkSchema(key: string, schema: object | undefined): readonly SchemaProblem[] {
  if (schema === undefined) return [];
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path: `/${key}`, message: `is not a JSON Schema (2020-12): ${reason}` }];
  }
}

function refuse(problems: readonly SchemaProblem[]): ParsedManifest {
  return { manifest: undefined, problems };
}
