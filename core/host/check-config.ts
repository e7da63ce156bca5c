import { ErrandError } from "../../protocol/errors.ts";
import { compileSchema, type Manifest } from "../../protocol/manifest/mod.ts";
import type { Problem } from "../kernel/plugin.ts";

/** What is wrong with a configuration, by the plugin's own schema; one without a schema takes none. */
export function checkConfig(manifest: Manifest, config: unknown): readonly Problem[] {
  const schema = manifest.configSchema ?? { type: "object", additionalProperties: false };
  return compileSchema(schema)(config);
}

/** An instance cannot be used with this configuration. */
export function configRefused(instance: string, problems: readonly Problem[]): ErrandError {
  const said = problems.map(({ path, message }) => path === "" ? message : `${path} ${message}`);
  const message = `the configuration of the instance ${instance} is not right: ${said.join("; ")}`;
  return new ErrandError("invalid", message, { facts: { instance, problems } });
}
