import * as Effect from "effect/Effect";
import * as Schedule from "effect/Schedule";
import { PluginError } from "../../protocol/errors.ts";

/** A promise as an effect: interruption aborts the signal and waits until the promise has settled. */
export function waitFor<A>(
  call: (signal: AbortSignal) => Promise<A>,
): Effect.Effect<A, PluginError> {
  return Effect.callback((resume, signal) => {
    const pending = call(signal);
    pending.then(
      (value) => resume(Effect.succeed(value)),
      (reason) => resume(Effect.fail(PluginError.from(reason))),
    );
    return Effect.promise(() => pending.then(() => {}, () => {}));
  });
}

/** 100 ms doubling to 30 s, jittered, for as long as it takes. */
export const patiently: Schedule.Schedule<unknown, unknown> = Schedule.min([
  Schedule.exponential("100 millis"),
  Schedule.spaced("30 seconds"),
]).pipe(Schedule.jittered);
