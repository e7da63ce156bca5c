import { PROBLEM_CODES } from "../../../../core/pipeline/mod.ts";
import { ERROR_CODES } from "../../../../protocol/errors.ts";
import { page, table } from "./markdown.ts";

/** `errors.md`: every code, and what it becomes on every surface. */
export function errorsPage(): string {
  const codes = Object.entries(ERROR_CODES).map(([code, row]) => [
    `\`${code}\``,
    row.meaning,
    String(row.http),
    row.grpc,
    String(row.exit),
    row.retryable ? "yes" : "no",
  ]);
  const problems = Object.entries(PROBLEM_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return page("Errors", "`protocol/errors.ts` and `core/pipeline/problem.ts`", [
    "The closed list of codes. The API answers a problem document (RFC 9457) with one of them as " +
    "`code`; the command line exits with the code of its row.",
    table(["code", "meaning", "HTTP", "gRPC", "exit", "worth repeating"], codes),
    "## Problems of a pipeline file",
    "`errand validate --json` and the answer 400 of `PUT …/pipelines/{name}` list them, each with " +
    "`code`, `message`, `line`, `column` and, where there is one, a `hint`, in the order of their " +
    "place in the file. Codes are stable; new ones may be added.",
    table(["code", "meaning"], problems),
  ]);
}
