import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { nearest } from "../nearest.ts";

/** What is wrong with one place of a JSON value. */
export interface SchemaProblem {
  /** A JSON pointer (RFC 6901) into the value; "" = the whole. */
  readonly path: string;
  /** What was wanted, what was found, what to do. */
  readonly message: string;
}

/** Says what is wrong with a value; empty = nothing. Never changes the value. */
export type SchemaCheck = (value: unknown) => readonly SchemaProblem[];

/**
 * Compiles a JSON Schema (2020-12) into a check. Unknown keywords of the schema are ignored, as the
 * standard says.
 *
 * @throws {Error} when it cannot be compiled: a keyword's value is of the wrong type, a reference
 * leads nowhere.
 */
export function compileSchema(schema: object): SchemaCheck {
  // without the schema of schemas: compiling it takes longer than all of the start-up's other checks
  const quick = { meta: false, validateSchema: false, strict: false, logger: false } as const;
  const ajv = new Ajv2020({ ...quick, allErrors: true, verbose: true });
  ajvFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return [];
    const problems = (validate.errors ?? []).filter(isPlain).map(toProblem);
    const told = new Set<string>();
    return problems.filter((it) => {
      const key = `${it.path} ${it.message}`;
      return !told.has(key) && told.add(key);
    });
  };
}

/** The schema's own branching is no news for people: the branch's errors are. */
function isPlain(error: ErrorObject): boolean {
  return error.keyword !== "if";
}

function toProblem(error: ErrorObject): SchemaProblem {
  const { keyword, params, instancePath } = error;
  switch (keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const key = String(params["additionalProperty"] ?? params["unevaluatedProperty"]);
      return { path: join(instancePath, key), message: unknownKey(key, error) };
    }
    case "required": {
      const key = String(params["missingProperty"]);
      return { path: instancePath, message: `the key "${key}" is missing${describe(error, key)}` };
    }
    case "enum":
      return {
        path: instancePath,
        message: wantOneOf(params["allowedValues"] as readonly unknown[], error.data),
      };
    case "const":
      return {
        path: instancePath,
        message: `must be ${show(params["allowedValue"])}, found ${show(error.data)}`,
      };
    case "pattern":
      return { path: instancePath, message: wantedText(error) };
    default:
      return { path: instancePath, message: `${error.message}, found ${show(error.data)}` };
  }
}

function unknownKey(key: string, error: ErrorObject): string {
  const known = Object.keys(recordOf(error.parentSchema?.["properties"]));
  if (known.length === 0) return `unknown key "${key}": no keys are known here`;
  const near = nearest(key, known);
  return near === undefined
    ? `unknown key "${key}"; known here: ${known.join(", ")}`
    : `unknown key "${key}"; did you mean "${near}"?`;
}

function wantOneOf(allowed: readonly unknown[], found: unknown): string {
  const near = typeof found === "string" ? nearest(found, allowed.map(String)) : undefined;
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return `must be one of ${allowed.map(show).join(", ")}, found ${show(found)}${hint}`;
}

function wantedText(error: ErrorObject): string {
  const description = error.parentSchema?.["description"];
  const wanted = typeof description === "string"
    ? `is not what it should be (${description})`
    : `does not match ${String(error.params["pattern"])}`;
  return `${wanted}, found ${show(error.data)}`;
}

function describe(error: ErrorObject, key: string): string {
  const schema = recordOf(recordOf(error.parentSchema?.["properties"])[key]);
  return typeof schema["description"] === "string" ? `: ${schema["description"]}` : "";
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function join(path: string, key: string): string {
  return `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
