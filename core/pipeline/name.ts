/** What pipelines and tasks may be called. */
export const NAME_PATTERN = "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$";

/** What parameters and outputs may be called: they are also names in expressions. */
export const FIELD_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,62}$";

/** What variables of the environment may be called. */
const ENV_PATTERN = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";

/** What labels may be called. */
export const LABEL_PATTERN = "^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$";

/** True for a name that a pipeline or task may have: a-z 0-9 -, 1 to 63, no - at the ends. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Each rule, and the sentence that explains it. */
export const NAME_RULES = {
  name: { pattern: new RegExp(NAME_PATTERN), says: "1 to 63 of a-z 0-9 -, no - at the ends" },
  field: {
    pattern: new RegExp(FIELD_PATTERN),
    says: "1 to 63 of letters, digits, _ and -, a letter or _ first",
  },
  env: {
    pattern: new RegExp(ENV_PATTERN),
    says: "1 to 128 of letters, digits and _, no digit first",
  },
  label: {
    pattern: new RegExp(LABEL_PATTERN),
    says: "1 to 63 of letters, digits, . _ / and -, a letter or digit at the ends",
  },
} as const;

/** The name of a rule of {@link NAME_RULES}. */
export type NameRule = keyof typeof NAME_RULES;

const NAME = new RegExp(NAME_PATTERN);
