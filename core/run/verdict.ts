import type { Exit } from "../kernel/scheduler.ts";
import { type JsonValue, type OutputType, parseOutputs, type RetryCause } from "../pipeline/mod.ts";
import type { Attempt, AttemptState, Reason } from "./state.ts";

/** What an ended attempt means for its task. */
export interface Verdict {
  readonly state: Exclude<AttemptState, "starting" | "running">;
  readonly reason?: Reason;
  /** What `retry.causes` calls it; absent = not tried again. */
  readonly cause?: RetryCause;
  readonly outputs?: Readonly<Record<string, JsonValue>>;
}

/** Judges an exit: what was ordered comes first, then how it ended, then its outputs. */
export function judgeExit(
  exit: Exit,
  context: {
    readonly attempt: Attempt;
    readonly declared: Readonly<Record<string, OutputType>>;
    readonly refusedOutputs?: string;
  },
): Verdict {
  const stopped = judgeStop(context.attempt);
  if (stopped) return stopped;
  if (exit.cause !== "exited") return judgeEnd(exit);
  if (exit.exitCode !== 0) {
    return failed("exit", exit.message || `it exited with code ${exit.exitCode}`, "exit");
  }
  if (context.refusedOutputs) return failed("outputs", context.refusedOutputs, "outputs");
  if (exit.outputsTruncated) {
    return failed("outputs", "its outputs are larger than the scheduler takes", "outputs");
  }
  const parsed = parseOutputs(exit.outputs, context.declared);
  if ("error" in parsed) return failed("outputs", parsed.error, "outputs");
  return { state: "succeeded", outputs: parsed.outputs };
}

/** What a stop that was ordered makes of an attempt, however it ended. */
export function judgeStop(attempt: Attempt): Verdict | undefined {
  switch (attempt.stop?.for) {
    case undefined:
      return undefined;
    case "cancel":
      return { state: "cancelled", reason: { reason: "cancelled", message: "it was cancelled" } };
    case "run_timeout":
      return {
        state: "cancelled",
        reason: { reason: "run_timeout", message: "the run reached its own limit" },
      };
    case "timeout":
      return {
        state: "timed_out",
        reason: { reason: "timeout", message: "it ran longer than its limit" },
        cause: "timeout",
      };
    case "start_timeout":
      return failed(
        "start_timeout",
        "it was not running within its start limit",
        "infrastructure",
      );
  }
}

function judgeEnd(exit: Exit): Verdict {
  switch (exit.cause) {
    case "signalled":
      return failed("signal", exit.message || `${exit.signal} ended it`, "exit");
    case "oom":
      return failed("oom", exit.message || "it used more memory than its limit", "exit");
    case "start_failed": {
      // 126 and 127 are the shell's words for a program that is not there or may not be run: no machine's fault
      const own = exit.exitCode === 126 || exit.exitCode === 127;
      return failed(
        "start_failed",
        exit.message || "it could not be started",
        own ? "exit" : "infrastructure",
      );
    }
    case "deadline":
      return {
        state: "timed_out",
        reason: { reason: "timeout", message: exit.message || "it ran longer than its limit" },
        cause: "timeout",
      };
    case "evicted":
    case "exited":
      return failed(
        "infrastructure",
        exit.message || "what it ran on ended it",
        "infrastructure",
      );
  }
}

function failed(reason: string, message: string, cause: RetryCause): Verdict {
  return { state: "failed", reason: { reason, message }, cause };
}
