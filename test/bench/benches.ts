import type { Bench } from "./bench.ts";
import { processRuns } from "./p01-process-runs.ts";
import { startLatency } from "./p04-start-latency.ts";
import { idleServer } from "./p05-idle.ts";
import { logs } from "./p06-logs.ts";
import { recovery } from "./p10-recovery.ts";
import { coldStart } from "./p11-cold-start.ts";
import { dagLatency } from "./p12-dag-latency.ts";
import { simulator } from "./p15-simulator.ts";

/** Every bench there is, in the order of the table. */
export const BENCHES: readonly Bench[] = [
  processRuns,
  startLatency,
  idleServer,
  logs,
  recovery,
  coldStart,
  dagLatency,
  simulator,
];
