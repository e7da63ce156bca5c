import { checkParam } from "./param.ts";
import type { JsonValue, Param } from "./pipeline.ts";
import { describe, type Field, type Reader } from "./reader.ts";
import { PatternError } from "./regexp-parse.ts";
import { Regexp } from "./regexp.ts";

/** Keys of a parameter. */
const PARAM_KEYS = [
  "type",
  "description",
  "default",
  "required",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
] as const;
/** Types of a parameter. */
export const PARAM_TYPES = ["string", "integer", "number", "boolean"] as const;

/** Which keys apply to which types; the others apply to all. */
const APPLIES: Readonly<Record<string, readonly Param["type"][]>> = {
  minimum: ["integer", "number"],
  maximum: ["integer", "number"],
  minLength: ["string"],
  maxLength: ["string"],
  pattern: ["string"],
};

/** Reads one parameter of `params`. */
export function readParam(reader: Reader, field: Field): Param | undefined {
  const fields = reader.fields(field, PARAM_KEYS);
  if (!fields) return undefined;
  const typeField = fields.get("type");
  if (!typeField) {
    const message = "expected a type, found none";
    return reader.missing(field, {
      message,
      hint: `add type: ${PARAM_TYPES.join(" | ")}`,
    });
  }
  const type = reader.choice(typeField, PARAM_TYPES);
  if (type === undefined || !keysApply(reader, fields, type)) return undefined;
  const before = reader.problems.count;
  const param = assemble(reader, fields, type);
  if (reader.problems.count > before) return undefined;
  checkBounds(reader, fields, param);
  checkDefault(reader, fields, param);
  return reader.problems.count > before ? undefined : param;
}

function keysApply(
  reader: Reader,
  fields: ReadonlyMap<string, Field>,
  type: Param["type"],
): boolean {
  let fine = true;
  for (const [key, field] of fields) {
    const types = APPLIES[key];
    if (!types || types.includes(type)) continue;
    fine = false;
    const message = `${key} applies to ${types.join(" and ")}, not to ${type}`;
    reader.fail("misplaced_key", field, { message, hint: `remove ${key}, or change the type` });
  }
  return fine;
}

function assemble(reader: Reader, fields: ReadonlyMap<string, Field>, type: Param["type"]): Param {
  const read = <T>(key: string, how: (field: Field) => T | undefined): { [key: string]: T } => {
    const field = fields.get(key);
    const value = field && how(field);
    return value === undefined ? {} : { [key]: value };
  };
  const length = (f: Field) => reader.integer(f, { min: 0, max: MAX_LENGTH });
  const required = fields.get("required");
  return {
    type,
    required: (required && reader.flag(required)) ?? !fields.has("default"),
    ...read("description", (f) => reader.text(f)?.value),
    ...read("default", (f) => value(reader, f)),
    ...read("enum", (f) => readEnum(reader, f, type)),
    ...read("minimum", (f) => number(reader, f)),
    ...read("maximum", (f) => number(reader, f)),
    ...read("minLength", length),
    ...read("maxLength", length),
    ...read("pattern", (f) => pattern(reader, f)),
  };
}

const MAX_LENGTH = 1_048_576;

function readEnum(
  reader: Reader,
  field: Field,
  type: Param["type"],
): readonly JsonValue[] | undefined {
  const items = reader.list(field, "write enum: [a, b]");
  if (!items) return undefined;
  if (items.length === 0) {
    const message = "expected at least one value, found an empty list";
    return reader.fail("out_of_range", field, { message });
  }
  const values: JsonValue[] = [];
  for (const item of items) {
    const one = value(reader, item);
    if (one === undefined) continue;
    if (values.includes(one)) {
      reader.fail("duplicate_value", item, { message: `${describe(item.node)} stands here twice` });
    } else if (checkParam({ type, required: true }, one) !== undefined) {
      reader.wrongType(item, `a value of type ${type}`);
    }
    values.push(one);
  }
  return values;
}

function checkBounds(reader: Reader, fields: ReadonlyMap<string, Field>, param: Param): void {
  const pairs = [["minimum", "maximum"], ["minLength", "maxLength"]] as const;
  for (const [low, high] of pairs) {
    const [from, to] = [param[low], param[high]];
    if (from === undefined || to === undefined || from <= to) continue;
    const message = `expected at least ${low} ${from}, found ${to}`;
    reader.fail("empty_range", fields.get(high)!, { message, hint: "no value could ever fit" });
  }
}

function checkDefault(reader: Reader, fields: ReadonlyMap<string, Field>, param: Param): void {
  const field = fields.get("default");
  if (!field || param.default === undefined) return;
  if (param.required) {
    const message = "required: true stands beside a default, which would never be used";
    reader.fail("exclusive_keys", fields.get("required")!, { message, hint: "remove one of them" });
  }
  const wrong = checkParam(param, param.default);
  if (wrong !== undefined) {
    reader.fail("bad_default", field, { message: wrong, hint: "change the default or its bounds" });
  }
}

function value(reader: Reader, field: Field): JsonValue | undefined {
  const { node } = field;
  if (node.kind === "scalar" && node.value !== null) {
    if (typeof node.value !== "number" || Number.isFinite(node.value)) return node.value;
  }
  return reader.wrongType(field, "a text, a number or a boolean");
}

function number(reader: Reader, field: Field): number | undefined {
  const found = field.node.kind === "scalar" ? field.node.value : undefined;
  if (typeof found === "number" && Number.isFinite(found)) return found;
  return reader.wrongType(field, "a number");
}

function pattern(reader: Reader, field: Field): string | undefined {
  const text = reader.text(field);
  if (!text) return undefined;
  try {
    new Regexp(text.value);
    return text.value;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return reader.fail("bad_pattern", field, { message: error.message });
  }
}
