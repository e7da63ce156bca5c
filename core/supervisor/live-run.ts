import type { Command, Run } from "../run/mod.ts";

/** A run in hand: where memory has it, where the disk has it, and what waits for the disk. */
export interface LiveRun {
  run: Run;
  /** The last state given to the journal. */
  stored: Run | undefined;
  /** The last state known to be durable. */
  durable: Run | undefined;
  /** Commands of transitions that are not yet given to the journal. */
  commands: Command[];
  /** Callers who wait for the next put. */
  waiting: { readonly done: () => void; readonly failed: (error: Error) => void }[];
  /** Its rows were refused once: the next refusal drops it. */
  poisoned: boolean;
  /** What waits for space on the disk, in order; it goes with the next put. */
  parked: Pick<LiveRun, "commands" | "waiting"> | undefined;
  /** Counts the times it was taken back: a refusal of an earlier put is old news. */
  rollbacks: number;
}

/** A run in hand; `durable` when it was read from the disk. */
export function liveRun(run: Run, durable?: Run): LiveRun {
  return {
    run,
    stored: durable,
    durable,
    commands: [],
    waiting: [],
    poisoned: false,
    parked: undefined,
    rollbacks: 0,
  };
}
