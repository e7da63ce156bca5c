import { ErrandError } from "../../protocol/errors.ts";

/** There is no such pipeline, or no such version of it. */
export function noPipeline(
  namespace: string,
  name: string,
  options: { readonly version?: number | undefined } = {},
): ErrandError {
  const { version } = options;
  const what = version === undefined ? "" : `version ${version} of `;
  const message = `no ${what}pipeline ${name} in the namespace ${namespace}: ` +
    "`errand pipelines` lists them";
  return new ErrandError("not_found", message);
}

/** There is no run that the reference means. */
export function noRun(namespace: string, ref: string): ErrandError {
  const message = `no run ${ref} in the namespace ${namespace}: \`errand runs\` lists them`;
  return new ErrandError("not_found", message);
}
