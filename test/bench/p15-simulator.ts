import type { Bench } from "./bench.ts";
import { runCommand } from "./child.ts";

/** Schedules a second of the simulator, on one core. */
export const simulator: Bench = {
  id: "P15",
  title: "simulator schedules",
  limits: "the machine and the engine themselves; there is no I/O in it.",
  async run({ quick, repetitions, say }) {
    const seeds = quick ? 300 : 10_000;
    const values: number[] = [];
    for (let round = 0; round < repetitions; round++) {
      const report = await runCommand<{ perSecond: number; failed: number }>([
        "test/simulation/main.ts",
        ...["--json", "--seeds", String(seeds), "--from", String(1 + round * seeds)],
      ]);
      if (report.failed > 0) throw new Error(`${report.failed} schedules failed`);
      values.push(report.perSecond);
      say(`${report.perSecond} a second`);
    }
    const target = { of: "value", at: "least", bound: 3_000 } as const;
    return [{ name: "schedules", unit: "/s", values, target }];
  },
};
