import { isList } from "./canonical-json.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import { checkParam } from "./param.ts";
import type { JsonValue, Pipeline } from "./pipeline.ts";

/** What is wrong with the parameters that a run was asked for with. */
export interface ParamProblem {
  /** A JSON pointer: `/depth`; "" = the whole. */
  readonly path: string;
  readonly message: string;
}

/**
 * Checks the parameters of a new run against a pipeline and fills in defaults. Optional ones that
 * were left out stay out. `params` is complete only when there are no problems.
 */
export function checkParams(
  definition: Pick<Pipeline, "params">,
  given: unknown,
): {
  readonly params: Readonly<Record<string, JsonValue>>;
  readonly problems: readonly ParamProblem[];
} {
  const declared = definition.params;
  if (!isRecord(given)) {
    const message = "expected an object of parameters by name";
    return { params: {}, problems: [{ path: "", message }] };
  }
  const problems: ParamProblem[] = [];
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    const hint = didYouMean(name, Object.keys(declared));
    const message = `there is no parameter ${JSON.stringify(name.slice(0, 80))}`;
    problems.push({ path: pointer(name), message: hint ? `${message}; ${hint}` : message });
  }
  const params: [string, JsonValue][] = [];
  for (const [name, param] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : param.default;
    if (value === undefined) {
      if (param.required) {
        problems.push({ path: pointer(name), message: "it is required, and has no default" });
      }
      continue;
    }
    const wrong = checkParam(param, value as JsonValue);
    if (wrong === undefined) params.push([name, value as JsonValue]);
    else problems.push({ path: pointer(name), message: wrong });
  }
  return { params: Object.fromEntries(params), problems };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !isList(value as JsonValue);
}

function pointer(name: string): string {
  return `/${name.slice(0, 80).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
