import type { z } from "zod";
import { ErrandError } from "../errors.ts";

/**
 * A value as its schema reads it.
 *
 * @throws {ErrandError} `invalid`, naming the place and what was wanted, never the value found
 */
export function validate<T extends z.ZodType>(
  schema: T,
  value: unknown,
  what: "body" | "query",
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.slice(0, 5).map((issue) => {
    const place = issue.path.map(String).join(".");
    return place === "" ? issue.message : `${place}: ${issue.message}`;
  });
  throw new ErrandError("invalid", `the ${what} is not as wanted: ${lines.join("; ")}`, {
    facts: { [what]: lines },
  });
}
