import { ErrandError } from "../protocol/errors.ts";
import type { PlacedProblem } from "../protocol/http/client/mod.ts";

/** The server's refusal of a pipeline, with the file it is about and what to do; anything else as it is. */
export function refusalOf(file: string, reason: unknown): unknown {
  if (!(reason instanceof ErrandError)) return reason;
  const problems = (reason.facts["problems"] ?? []) as readonly PlacedProblem[];
  // places are in the JSON that was sent, not in the file: only the words help
  const details = problems.map(({ message, hint }) => `\n  ${message}${hint ? ` (${hint})` : ""}`);
  return new ErrandError(reason.code, `${file}: ${reason.message}${details.join("")}`, {
    cause: reason,
    facts: reason.facts,
  });
}
