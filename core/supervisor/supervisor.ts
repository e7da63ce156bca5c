import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { PluginError } from "../../protocol/errors.ts";
import type { Journal } from "../kernel/journal.ts";
import type { EnginePorts } from "./ports.ts";
import { recoverRuns, type RecoveryReport, type RecoverySource } from "./recovery.ts";
import { RunEngine } from "./run-engine.ts";
import { SchedulerWatch } from "./scheduler-watch.ts";
import { patiently, waitFor } from "./waiting.ts";

/** Work that comes round again: retention, the lease's beat. */
export interface Chore {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<void>;
}

/** What a supervisor is opened with. */
export interface SupervisorOptions extends EnginePorts {
  readonly journal: Journal;
  readonly source: RecoverySource;
  readonly chores: readonly Chore[];
}

/** How one scheduler instance answers now. */
export interface SchedulerHealth {
  state: "ready" | "degraded" | "down";
  message: string;
}

/** A supervisor at work. */
export interface Supervised {
  readonly engine: RunEngine;
  readonly recovered: RecoveryReport;
  readonly health: ReadonlyMap<string, SchedulerHealth>;
  /** Resolves once every scheduler has told all that it has. */
  readonly listed: Promise<void>;
}

/** Long enough to be idle for, short enough that a hanging scheduler shows. */
const WATCH_WAIT_MS = 20_000;

/**
 * Opens the engine, reads back what an earlier server left, and follows every scheduler. The scope
 * owns all of it: closing it ends the watches first, then the engine.
 */
export const supervise: (
  options: SupervisorOptions,
) => Effect.Effect<Supervised, PluginError, Scope.Scope> = Effect.fn("supervise")(
  function* (options: SupervisorOptions) {
    const engine = yield* Effect.acquireRelease(
      Effect.sync(() => new RunEngine(options)),
      (open) => Effect.sync(() => open.close()),
    );
    const recovered = yield* waitFor(() =>
      recoverRuns(engine, options.source, {
        journal: options.journal,
        nowMs: options.clock.nowMs(),
      })
    );
    const health = new Map<string, SchedulerHealth>();
    const listings: Promise<void>[] = [];
    for (const driver of engine.drivers.values()) {
      const watch = new SchedulerWatch(engine, driver, {
        epoch: options.epoch,
        waitMs: WATCH_WAIT_MS,
      });
      const state: SchedulerHealth = { state: "ready", message: "" };
      health.set(driver.instance.name, state);
      listings.push(watch.firstListing);
      yield* Effect.forkScoped(
        followScheduler(watch, { name: driver.instance.name, state, ports: options }),
      );
    }
    for (const chore of options.chores) yield* Effect.forkScoped(repeat(chore, options));
    const listed = Promise.all(listings).then(() => {});
    return { engine, recovered, health, listed };
  },
);

function followScheduler(
  watch: SchedulerWatch,
  watched: { readonly name: string; readonly state: SchedulerHealth; readonly ports: EnginePorts },
): Effect.Effect<void> {
  const { name, state, ports } = watched;
  const page = waitFor((signal) => watch.ask(signal)).pipe(
    Effect.tapError((error) =>
      Effect.sync(() => {
        watch.restart();
        // said once, not at every repeat
        if (state.state !== "down") {
          ports.warn("a scheduler does not answer", { scheduler: name, error: error.message });
        }
        state.state = "down";
        state.message = error.message;
      })
    ),
    Effect.retry(patiently),
    Effect.orDie,
  );
  const step = page.pipe(
    Effect.flatMap((answer) =>
      Effect.sync(() => {
        state.state = "ready";
        state.message = "";
        watch.take(answer);
        return answer.retryAfterMs;
      })
    ),
    Effect.flatMap((delayMs) => delayMs > 0 ? Effect.sleep(delayMs) : Effect.void),
  );
  return Effect.forever(step).pipe(
    Effect.catchDefect((fault) => Effect.sync(() => ports.fault(toError(fault)))),
  );
}

function toError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}

function repeat(chore: Chore, options: Pick<EnginePorts, "warn">): Effect.Effect<never> {
  const once = waitFor((signal) => chore.run(signal)).pipe(
    Effect.catch((error) =>
      Effect.sync(() => options.warn(`${chore.name} failed`, { error: error.message }))
    ),
  );
  return Effect.forever(Effect.andThen(Effect.sleep(chore.everyMs), once));
}
