import type { ProblemCode } from "./problem.ts";

/** An expression cannot be read, or cannot be evaluated. Never holds a secret's value. */
export class ExpressionError extends Error {
  readonly _tag = "ExpressionError" as const;
  override readonly name: string = "ExpressionError";
  readonly code: ProblemCode;
  /** Offset into the text that was given: the expression, or the text it stands in. */
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly code?: ProblemCode;
      readonly offset?: number;
      readonly hint?: string | undefined;
    } = {},
  ) {
    super(message, options);
    this.code = options.code ?? "bad_expression";
    this.offset = options.offset ?? 0;
    this.hint = options.hint;
  }
}
