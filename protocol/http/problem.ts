import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";

/** What is wrong with one place of a pipeline or of a request's JSON. */
export const PlacedProblem = z.object({
  code: z.string().describe("Stable, for machines: `syntax`, `unknown_key`, `cycle`, …"),
  message: z.string(),
  line: z.int().min(1).describe("In the body as it was sent, from 1."),
  column: z.int().min(1).describe("From 1."),
  hint: z.string().optional().describe("What to do."),
}).meta({ id: "PlacedProblem", description: "What is wrong with one place of the body." });
export type PlacedProblem = z.infer<typeof PlacedProblem>;

/** A problem document (RFC 9457). */
export const Problem = z.looseObject({
  type: z.string().describe("`urn:errand:problem:` and the code."),
  title: z.string().describe("What the code means."),
  status: z.int(),
  detail: z.string().describe("What was wanted, what was found, what to do."),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
    .describe("Stable, out of a closed list."),
  problems: z.array(PlacedProblem).optional().describe("In the order of their place in the body."),
}).meta({ id: "Problem", description: "A problem document (RFC 9457)." });
export type Problem = z.infer<typeof Problem>;
