/**
 * The run supervisor as the rest of the program sees it: promises and plain data. Behind this file
 * lifecycles are Effect; in front of it nothing is.
 *
 * @module
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { ErrandError } from "../../protocol/errors.ts";
import type { PublicEvent, RunSupervisor } from "./service.ts";
import { supervise, type Supervised, type SupervisorOptions } from "./supervisor.ts";

export { attemptPreparer, type PreparerOptions, type SecretReader } from "./attempt-preparer.ts";
export type { CancelTimer, EngineClock, SchedulerInstance } from "./ports.ts";
export { parsePublicEvent } from "./public-events.ts";
export type { RecoveryReport, RecoverySource, StoredRun } from "./recovery.ts";
export type { PublicEvent, RunSupervisor, SubmitRequest } from "./service.ts";
export { systemClock } from "./system-clock.ts";
export type { Chore, SupervisorOptions } from "./supervisor.ts";

/** What `openSupervisor` needs besides the supervisor's own options. */
export interface OpenSupervisorOptions extends SupervisorOptions {
  /** The events of each commit, once it is durable. Answers how to end that. */
  subscribe(listener: (events: readonly PublicEvent[]) => void): () => void;
  /** The run that an idempotency key stands for, while it does. */
  findIdempotent(
    namespace: string,
    key: string,
  ): Promise<
    { readonly bodyHash: string; readonly runId: number; readonly number: number } | undefined
  >;
  /** True when the run is in the store, ended or not. */
  exists(namespace: string, runId: number): Promise<boolean>;
}

/** A supervisor that is open, with what recovery found. */
export interface OpenSupervisor extends RunSupervisor {
  readonly recovered: Supervised["recovered"];
  /** Resolves once every scheduler has told all that it has. */
  readonly listed: Promise<void>;
  /** True while the run is in hand. */
  isLive(runId: number): boolean;
  /** Ends every run by force; resolves once all of them have ended. */
  endRuns(by: string): Promise<void>;
}

/** Recovers what an earlier server left and runs the runs until `close`. */
export async function openSupervisor(options: OpenSupervisorOptions): Promise<OpenSupervisor> {
  const scope = Effect.runSync(Scope.make());
  const ending = new Set<() => void>();
  const supervised = supervise({
    ...options,
    ended: (run) => {
      options.ended?.(run);
      for (const look of ending) look();
    },
  });
  const exit = await Effect.runPromiseExit(supervised.pipe(Scope.provide(scope)));
  if (Exit.isFailure(exit)) {
    await Effect.runPromise(Scope.close(scope, Exit.void));
    throw Cause.squash(exit.cause);
  }
  const { engine, recovered, health, listed } = exit.value;
  const pending = new Map<string, Promise<unknown>>();
  return {
    recovered,
    listed,
    isLive: (runId) => engine.get(runId) !== undefined,
    async endRuns(by) {
      const nowMs = options.clock.nowMs();
      for (const { id } of engine.runs) {
        engine.dispatch(id, { type: "cancel", force: true, by, nowMs });
      }
      await new Promise<void>((resolve) => {
        const look = () => {
          if (engine.runs.length > 0) return;
          ending.delete(look);
          resolve();
        };
        ending.add(look);
        look();
      });
    },
    async submit(request) {
      const { idempotency } = request;
      if (!idempotency) return await engine.submit(request);
      const id = `${request.namespace}/${idempotency.key}`;
      // two requests with one key at once: the second waits for what the first made of it
      while (pending.has(id)) await pending.get(id)!.catch(() => {});
      const work = submitOnce(options, () => engine.submit(request), {
        namespace: request.namespace,
        ...idempotency,
      });
      pending.set(id, work);
      try {
        return await work;
      } finally {
        pending.delete(id);
      }
    },
    async cancel({ namespace, runId, force, by }) {
      const run = engine.get(runId);
      if (run?.namespace === namespace) {
        const nowMs = options.clock.nowMs();
        return { changed: await engine.ask(runId, { type: "cancel", force, by, nowMs }) };
      }
      if (await options.exists(namespace, runId)) return { changed: false };
      throw new ErrandError("not_found", `no run ${runId} in namespace ${namespace}`);
    },
    subscribe: (listener) => options.subscribe(listener),
    status: () => ({
      ...engine.count(),
      schedulers: [...engine.drivers.values()].map(({ instance, busy }) => ({
        instance: instance.name,
        slots: instance.slots,
        busy,
        ...health.get(instance.name)!,
      })),
    }),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  };
}

async function submitOnce(
  options: OpenSupervisorOptions,
  submit: () => Promise<{ readonly runId: number; readonly number: number }>,
  key: { readonly namespace: string; readonly key: string; readonly bodyHash: string },
): Promise<{ readonly runId: number; readonly number: number }> {
  const known = await options.findIdempotent(key.namespace, key.key);
  if (!known) return await submit();
  if (known.bodyHash === key.bodyHash) return { runId: known.runId, number: known.number };
  throw new ErrandError(
    "conflict",
    `idempotency key ${key.key} was used with another request within 24 h: choose another key`,
  );
}
