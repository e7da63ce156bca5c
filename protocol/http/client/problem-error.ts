import { ErrandError, type ErrorCode, isErrorCode } from "../../errors.ts";

/** The error that an answer of the server stands for. */
export async function errorFromResponse(response: Response, url: string): Promise<ErrandError> {
  return errorFromProblem(await response.text()) ?? new ErrandError(
    codeOfStatus(response.status),
    `${url} answered ${response.status} without a problem document: ` +
      "is this the address of an Errand server?",
    { facts: { status: response.status } },
  );
}

/** The error that a problem document stands for; undefined when the text is none. */
export function errorFromProblem(text: string): ErrandError | undefined {
  const problem = parseObject(text);
  if (!problem || !isErrorCode(problem.code)) return undefined;
  const { type: _type, title, detail, code, ...facts } = problem;
  return new ErrandError(problem.code, String(detail ?? title ?? code), { facts });
}

/** What a status means where something between us and the server answered. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 407) return "unauthenticated";
  if (status === 403) return "denied";
  if (status === 404) return "not_found";
  if (status === 413) return "too_large";
  if (status === 429) return "exhausted";
  if (status >= 500) return "unavailable";
  return "internal";
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}
