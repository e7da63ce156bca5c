import type { OutputPlace } from "./outputs.ts";
import type { RunningProcess } from "./running-process.ts";

/** By the numbers of launcher/attempt.h. */
export const CAUSE = { exited: 1, signalled: 2, startFailed: 3, evicted: 4, deadline: 5 } as const;

/** How an attempt ended. */
export interface Ending {
  /** One of {@link CAUSE}. */
  readonly cause: number;
  readonly code: number;
  /** The signal's number; 0 = none. */
  readonly signal: number;
  readonly finishedAtMs: number;
  readonly message: string;
}

/** An attempt that the launcher knows. */
export interface KnownAttempt {
  readonly id: string;
  readonly order: number;
  pid: number;
  startedAtMs: number;
  readonly logPath: string;
  /** Where it writes its outputs, and as whom; undefined = they were taken. */
  output?: OutputPlace | undefined;
  /** Present while it runs. */
  running?: RunningProcess | undefined;
  ending?: Ending | undefined;
  /** It is to be forgotten once it has ended. */
  removed: boolean;
}

/** An ending that is no process's own. */
export function failedEnding(cause: number, code: number, message: string): Ending {
  const text = message.replace(/[^\x20-\uffff]/g, "?"); // it becomes part of a line
  return { cause, code, signal: 0, finishedAtMs: Date.now(), message: text };
}
