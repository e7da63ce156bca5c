/**
 * `plugin.json`: its schema, its type, and the reader that says what is wrong with one.
 *
 * @module
 */
export type { Manifest, PluginInterface, Runtime, Schema } from "./manifest.ts";
export {
  checkManifest,
  MAX_MANIFEST_BYTES,
  type ParsedManifest,
  parseManifest,
} from "./parse-manifest.ts";
export { compileSchema, type SchemaCheck, type SchemaProblem } from "./schema-check.ts";
export { pickProtocol, PROTOCOL } from "./version.ts";
