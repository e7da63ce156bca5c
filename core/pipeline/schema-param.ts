import type { JsonValue } from "./pipeline.ts";
import { PARAM_TYPES } from "./read-param.ts";
import { strictObject } from "./schema-task.ts";

/** The JSON Schema of one parameter. */
export const paramSchema: { readonly [key: string]: JsonValue } = {
  ...strictObject({
    type: { enum: [...PARAM_TYPES] },
    description: { type: "string", description: "A sentence for people, shown in forms." },
    default: {
      type: ["string", "number", "boolean"],
      description: "What a run gets that leaves it out.",
    },
    required: {
      type: "boolean",
      description: "false = a run may leave it out; true without a default.",
    },
    enum: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: ["string", "number", "boolean"] },
      description: "The only values.",
    },
    minimum: { type: "number", description: "For integer and number." },
    maximum: { type: "number", description: "For integer and number." },
    minLength: { type: "integer", minimum: 0, maximum: 1_048_576, description: "For string." },
    maxLength: { type: "integer", minimum: 0, maximum: 1_048_576, description: "For string." },
    pattern: {
      type: "string",
      description: "For string: a regular expression without look-around and back-references.",
    },
  }, ["type"]),
  allOf: [
    only(["integer", "number"], ["minimum", "maximum"]),
    only(["string"], ["minLength", "maxLength", "pattern"]),
    ...PARAM_TYPES.map(valuesOf),
    {
      if: { required: ["default"] },
      then: { properties: { required: { const: false } } },
    },
  ],
};

function only(types: readonly string[], keys: readonly string[]): JsonValue {
  return {
    if: { required: ["type"], not: { properties: { type: { enum: types } } } },
    then: { properties: Object.fromEntries(keys.map((key) => [key, false])) },
  };
}

function valuesOf(type: string): JsonValue {
  return {
    if: { required: ["type"], properties: { type: { const: type } } },
    then: { properties: { default: { type }, enum: { items: { type } } } },
  };
}
