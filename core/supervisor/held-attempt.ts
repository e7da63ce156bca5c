import { attemptId } from "../run/mod.ts";

/** An attempt that holds a slot of a scheduler instance. */
export interface HeldAttempt {
  readonly id: string;
  readonly runId: number;
  readonly task: number;
  readonly n: number;
  handle: string;
  /**
   * `gate`: its intent may not be durable yet, or there is no room; `starting`: a start call is
   * under way; `accepted`: the scheduler has it; `unknown`: read back after a restart, not listed yet.
   */
  state: "gate" | "starting" | "accepted" | "unknown";
  /** The intent is durable: it may leave the gate. */
  durable: boolean;
  /** When it left the gate, by the clock of this process. */
  openedAtMs: number;
  /** The shortest grace ordered so far. */
  stopGraceMs?: number;
  /** The secrets that were put into it; undefined = not known (it was adopted). */
  secretValues?: readonly string[];
  /** Why its outputs cannot be checked for secrets. */
  unchecked?: string;
  /** Its run is not in memory any more. */
  abandoned: boolean;
}

/** A slot taken for an attempt. */
export function holdAttempt(
  runId: number,
  at: {
    readonly task: number;
    readonly n: number;
    readonly handle: string;
    readonly state: HeldAttempt["state"];
  },
): HeldAttempt {
  return {
    ...at,
    id: attemptId(runId, at.task, at.n),
    runId,
    durable: false,
    openedAtMs: 0,
    abandoned: false,
  };
}

/** Why the outputs may not be kept, when they contain the value of a secret. */
export function findLeak(
  outputs: Uint8Array,
  secrets: readonly string[] | undefined,
): string | undefined {
  if (outputs.length === 0 || !secrets || secrets.length === 0) return undefined;
  const text = new TextDecoder().decode(outputs);
  const leaks = secrets.some((value) => value !== "" && text.includes(value));
  return leaks ? "its outputs contain the value of a secret" : undefined;
}
