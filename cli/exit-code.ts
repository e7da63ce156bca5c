import { ErrandError, ERROR_CODES } from "../protocol/errors.ts";

/** What the exit codes of `errand` mean. `errand do` passes its task's own code on instead. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  unreachable: 5,
  internal: 70,
} as const;

/** The same for people, in the order of the codes. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "done"],
  [EXIT.failed, "the run or the check failed"],
  [EXIT.usage, "the command or a pipeline file is wrong"],
  [EXIT.notFound, "no such thing"],
  [EXIT.refused, "refused by a policy, a permission or a conflict"],
  [EXIT.unreachable, "the server cannot be reached"],
  [EXIT.internal, "a fault of errand's own, or of the disk"],
];

/** The exit code for whatever a command threw. */
export function exitCodeOf(reason: unknown): number {
  return reason instanceof ErrandError ? ERROR_CODES[reason.code].exit : EXIT.internal;
}
