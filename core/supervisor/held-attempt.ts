import { Buffer } from "node:buffer";
import { redactForms } from "../../protocol/redact-forms.ts";
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
  /** Its secrets are being read again: what comes meanwhile is a repeat. */
  recalling: boolean;
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
    recalling: false,
    abandoned: false,
  };
}

/** Why the outputs may not be kept: they contain a secret, as it is or in a form that a log masks, too. */
export function findLeak(outputs: Uint8Array, secrets: readonly string[]): string | undefined {
  if (outputs.length === 0 || secrets.length === 0) return undefined;
  const bytes = Buffer.from(outputs.buffer, outputs.byteOffset, outputs.byteLength);
  const values = secrets.filter((value) => value !== "").map((value) => Buffer.from(value));
  // a form of a few characters could stand in any output by chance
  const forms = redactForms(values).filter((form) => form.length >= MIN_FORM_BYTES);
  const leaks = [...values, ...forms].some((form) => bytes.indexOf(form) >= 0);
  return leaks ? "its outputs contain the value of a secret" : undefined;
}

const MIN_FORM_BYTES = 6;
