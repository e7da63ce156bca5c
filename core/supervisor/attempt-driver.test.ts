import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { PluginError } from "../../protocol/errors.ts";
import { attemptSpecOf, pipelineOf, taskOf } from "../../test/support/definitions.ts";
import { DrivenRun, exited } from "../../test/support/driven-run.ts";
import { MemoryBackend } from "../../test/support/memory-backend.ts";
import { MemoryScheduler, memoryTraits } from "../../test/support/memory-scheduler.ts";
import type { Change, Scheduler } from "../kernel/scheduler.ts";
import type { RunEvent } from "../run/mod.ts";
import { AttemptDriver } from "./attempt-driver.ts";
import type { PreparedAttempt } from "./ports.ts";
import { Unprepared } from "./ports.ts";
import { systemClock } from "./system-clock.ts";

const SECRET = 'pass"word';

function drive(options: {
  readonly prepare: () => PreparedAttempt | Promise<PreparedAttempt>;
  readonly start?: Scheduler["start"];
}) {
  const run = new DrivenRun(pipelineOf([taskOf("a")])).start("a").run;
  const events: RunEvent[] = [];
  const scheduler = new MemoryScheduler(new MemoryBackend(), memoryTraits("frames"));
  if (options.start) scheduler.start = options.start;
  let forgotten = false;
  const told = Promise.withResolvers<void>();
  const driver = new AttemptDriver(
    { name: "process", scheduler, traits: memoryTraits("frames"), slots: 1 },
    {
      clock: systemClock,
      epoch: 1,
      runOf: () => forgotten ? undefined : run,
      dispatch: (_, event) => {
        events.push(event);
        if (event.type !== "opened") told.resolve();
      },
      prepare: options.prepare,
      warn: () => {},
    },
  );
  return { driver, events, run, told: told.promise, forget: () => forgotten = true };
}

const prepared = (secretValues: readonly string[]): PreparedAttempt => ({
  secretValues,
  spec: attemptSpecOf({ attemptId: "7-0-0-1", epoch: 1 }, ["exit", "0"]),
});

function exitWith(outputs: string): Change {
  return {
    attemptId: "7-0-0-1",
    handle: "h",
    revision: 3,
    state: "exited",
    node: "",
    exit: { ...exited(0, 1), outputs: new TextEncoder().encode(outputs) },
  };
}

describe("outputs of an adopted attempt", () => {
  const forms: Record<string, string> = {
    "as it is": SECRET,
    "escaped in JSON": JSON.stringify(SECRET),
    "in base64": Buffer.from(SECRET).toString("base64"),
    "in hex": Buffer.from(SECRET).toString("hex"),
  };
  for (const [name, text] of Object.entries(forms)) {
    it(`are refused with a secret ${name}, though the exit is told twice meanwhile`, async () => {
      const secrets = Promise.withResolvers<PreparedAttempt>();
      const { driver, events, told } = drive({ prepare: () => secrets.promise });
      driver.adopt(7, { task: 0, n: 1, handle: "h" });
      const change = exitWith(`k=${text}\n`);
      driver.take([change], "no");
      driver.take([change], "no");
      deepStrictEqual(events, []);
      secrets.resolve(prepared([SECRET]));
      await told;
      strictEqual(events.length, 1);
      const [event] = events as Extract<RunEvent, { type: "exited" }>[];
      match(String(event?.refusedOutputs), /secret/);
    });
  }
});

describe("an attempt that cannot be started", () => {
  const outcome = async (failure: Error) => {
    const { driver, events, told } = drive({ prepare: () => Promise.reject(failure) });
    driver.grant(7, 0, 1);
    driver.allow(7, 0, 1);
    driver.openGate();
    await told;
    const event = events.at(-1) as Extract<RunEvent, { type: "unstartable" }>;
    return [event.type, event.reason, event.cause];
  };

  it("fails with what is missing, and is not tried again", async () => {
    deepStrictEqual(await outcome(new Unprepared("secret", "no secret named x")), [
      "unstartable",
      "secret",
      undefined,
    ]);
  });

  it("counts as infrastructure when a part of ours failed", async () => {
    deepStrictEqual(await outcome(new Error("no space")), [
      "unstartable",
      "start_failed",
      "infrastructure",
    ]);
  });

  it("gives its slot back when its run is gone meanwhile", async () => {
    const answer = Promise.withResolvers<{ handle: string }>();
    const asked = Promise.withResolvers<void>();
    const { driver, forget } = drive({
      prepare: () => prepared([]),
      start: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    driver.grant(7, 0, 1);
    driver.allow(7, 0, 1);
    driver.openGate();
    await asked.promise;
    forget();
    driver.abandon(7, 0, 1);
    strictEqual(driver.busy, 1);
    answer.reject(new PluginError("fenced", "it was stopped before"));
    await new Promise((resolve) => setImmediate(resolve)); // what waits for the answer has run then
    strictEqual(driver.busy, 0);
  });
});
