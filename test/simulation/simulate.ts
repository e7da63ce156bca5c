import type { Machine } from "../../core/supervisor/run-engine.ts";
import { checkFinished } from "./check-finished.ts";
import { Random } from "./random.ts";
import { randomPipeline } from "./random-pipeline.ts";
import { SimBackend } from "./sim-backend.ts";
import { SimServer } from "./sim-server.ts";
import { SimStore } from "./sim-store.ts";
import { Timeline } from "./timeline.ts";
import { Verdicts, Violation } from "./violation.ts";

/** How a simulation differs from the real thing: only tests of the simulator itself set these. */
export interface SimulateOptions {
  readonly machine?: Machine;
  readonly hasty?: boolean;
  /** Is told what happens, for a readable history. */
  readonly trace?: (line: string) => void;
}

/** What one schedule went through. */
export interface SimulationReport {
  readonly runs: number;
  readonly crashes: number;
  readonly attempts: number;
}

/** From here nothing crashes. */
const QUIET_AT = 1_600;
/** By then everything has ended by itself: every attempt is bounded. */
const END_AT = 90_000;

/**
 * One schedule out of a seed: clients, crashes, a backend that reboots, a clock that jumps; the real
 * engine, machine, journal and recovery. @throws {Violation} naming the seed
 */
export async function simulate(
  seed: number,
  options: SimulateOptions = {},
): Promise<SimulationReport> {
  const random = new Random(seed);
  const timeline = new Timeline();
  const verdicts = new Verdicts();
  const store = new SimStore(verdicts, (line) => say(line));
  const say = options.trace
    ? (line: string) => options.trace!(`${timeline.now} ${line}`)
    : () => {};
  const world = { timeline, random, store, verdicts, say };
  const slots = 1 + random.int(4);
  const backend = new SimBackend(world, slots);
  const acked = new Set<number>();
  let server: SimServer | undefined;
  let crashes = 0;
  let skewMs = 1_800_000_000_000;

  const boot = () => {
    const crashing = crashes < 6 && timeline.now < QUIET_AT && random.chance(0.9);
    const fuse = crashing ? 1 + random.int(random.chance(0.3) ? 12 : 150) : 0;
    const next = new SimServer(world, {
      backend,
      slots,
      skewMs,
      fuse,
      ...options,
      died: () => {
        crashes++;
        say("CRASH");
        server = undefined;
        if (random.chance(0.3)) skewMs += random.int(400) - 300;
        if (random.chance(0.2)) backend.reboot();
        timeline.in(1 + random.int(30), boot);
      },
    });
    server = next.dead ? undefined : next;
  };
  timeline.in(0, boot);

  const count = 2 + random.int(4);
  for (let i = 0; i < count; i++) {
    timeline.in(random.int(150), () => submit(i + 1));
  }
  const submit = (version: number) => {
    const target = server;
    if (!target) return;
    const definition = randomPipeline(random);
    store.definitions.set(version, definition);
    target.engine.submit({
      namespace: "default",
      pipeline: "p",
      version,
      definition,
      params: {},
      initiator: "user:sim",
    }).then(({ runId }) => {
      if (target.dead) return;
      if (acked.has(runId)) verdicts.first ??= new Violation(`id ${runId} was given twice`);
      acked.add(runId);
      if (random.chance(0.25)) timeline.in(random.int(120), () => cancel(runId));
    }, () => {});
    if (random.chance(0.02)) poisonLast();
  };
  const poisonLast = () => {
    const last = [...store.table("run").keys()].at(-1);
    if (last) store.poisoned.add(last);
  };
  const cancel = (runId: number) => {
    say(`cancel ${runId}`);
    server?.engine.dispatch(runId, {
      type: "cancel",
      force: random.chance(0.3),
      by: "user:sim",
      nowMs: server.nowMs,
    });
  };
  if (random.chance(0.2)) timeline.in(50 + random.int(200), () => backend.reboot());
  for (;;) {
    // a recovery of many runs takes many turns of promises before anything is put on the timeline
    if (!timeline.step(END_AT) && !(await settlePromises(200), timeline.step(END_AT))) break;
    await settlePromises(8);
    if (verdicts.first) break;
    if (timeline.now > QUIET_AT && isQuiet(server, backend)) break;
  }
  if (!verdicts.first) checkFinished({ store, backend, acked, verdicts });
  if (verdicts.first) throw new Violation(`seed ${seed}: ${(verdicts.first as Violation).message}`);
  return { runs: acked.size, crashes, attempts: backend.started.size };
}

function isQuiet(server: SimServer | undefined, backend: SimBackend): boolean {
  return server?.recovered === true && server.engine.runs.length === 0 &&
    backend.attempts.size === 0;
}

async function settlePromises(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await undefined;
}
