import type { ErrandClient, ParamValues } from "../protocol/http/client/mod.ts";

/** A typed text and the types it may be given to. */
type Assignments = readonly (readonly [name: string, value: string])[];

/** The values as the pipeline's parameters have their types; what does not fit stays text. */
export function typedParams(
  params: Readonly<Record<string, { readonly type: string }>>,
  assignments: Assignments,
): ParamValues {
  const typed = assignments.map(([name, text]) =>
    [name, typedValue(Object.hasOwn(params, name) ? params[name]!.type : "string", text)] as const
  );
  return Object.fromEntries(typed);
}

/** The same for a pipeline of the server, which is asked only when there is something to type. */
export async function typedParamsOf(
  client: ErrandClient,
  pipeline: string,
  assignments: Assignments,
): Promise<ParamValues> {
  if (assignments.length === 0) return {};
  const { definition } = await client.pipelines.get(pipeline);
  const params = definition["params"] as Readonly<Record<string, { readonly type: string }>>;
  return typedParams(params ?? {}, assignments);
}

function typedValue(type: string, text: string): unknown {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const wanted = type === "integer"
    ? /^-?\d+$/
    : type === "number"
    ? /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/
    : undefined;
  if (wanted?.test(text) && Number.isFinite(Number(text))) return Number(text);
  return text;
}
