import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { declaredTraits, runCase, schedulerCases, summarize } from "../../core/conformance/mod.ts";
import { memorySubject } from "../support/memory-subject.ts";
import { fenceMutants } from "./mutants/fence-mutants.ts";
import { logMutants } from "./mutants/log-mutants.ts";
import { startMutants } from "./mutants/start-mutants.ts";
import { stopMutants } from "./mutants/stop-mutants.ts";
import { watchMutants } from "./mutants/watch-mutants.ts";

const MUTANTS = [
  ...startMutants,
  ...logMutants,
  ...stopMutants,
  ...fenceMutants,
  ...watchMutants,
];

const FLAVOURS = ["cursor", "frames"] as const;

describe("the scheduler suite", () => {
  for (const logs of FLAVOURS) {
    test(`passes a correct scheduler with ${logs}, with cases for each declared trait`, async () => {
      const subject = memorySubject(logs);
      const results = await Promise.all(schedulerCases(subject).map((it) => runCase(it)));
      const report = summarize(results, declaredTraits(subject.traits));
      deepEqual(report.problems, []);
      ok(report.ok);
    });
  }

  test("has no two cases of one name", () => {
    for (const logs of FLAVOURS) {
      const names = schedulerCases(memorySubject(logs)).map((it) => it.name);
      deepEqual(names.filter((it, i) => names.indexOf(it) !== i), []);
    }
  });

  test("has no case that cannot fail: each catches a mutant", () => {
    const names = FLAVOURS.flatMap((it) => schedulerCases(memorySubject(it))).map((it) => it.name);
    const caught = new Set(MUTANTS.map((it) => it.caughtBy));
    deepEqual([...new Set(names)].filter((it) => !caught.has(it)), []);
  });

  test("has nothing but cases about declared traits", () => {
    const subject = memorySubject("cursor");
    const traits = {
      ...subject.traits,
      api: false,
      exec: false,
      workspace: false,
      secrets: [],
      fence: "none" as const,
      logs: "none" as const,
      stop: "none" as const,
      maxOutputBytes: 0,
      maxEnvBytes: 0,
    };
    const found = new Set(schedulerCases({ ...subject, traits }).map((it) => it.trait));
    deepEqual([...found].sort(), ["contract", "kinds:process", "reach:anywhere"]);
  });
});

describe("the scheduler suite catches a scheduler that", { concurrency: 4 }, () => {
  for (const { does, caughtBy, logs = "cursor", timeoutMs = 10_000, mutation } of MUTANTS) {
    test(`${does} (${caughtBy})`, async () => {
      const it = schedulerCases(memorySubject(logs, mutation)).find((it) => it.name === caughtBy);
      ok(it, `there is no case "${caughtBy}"`);
      const { failure } = await runCase(it, { timeoutMs });
      ok(failure, `the case "${caughtBy}" did not catch it`);
      if (timeoutMs === 10_000) ok(!/did not end/.test(failure.message), failure.message);
    });
  }
});

test("a declared trait without a case is a problem", () => {
  const passed = { name: "a", trait: "contract", durationMs: 1, failure: undefined };
  const report = summarize([passed], ["contract", "exec"]);
  equal(report.ok, false);
  deepEqual(report.problems, ["the trait exec is declared, but no case tried it"]);
  deepEqual(report.traits[1], { trait: "exec", passed: 0, failed: 0 });
});

test("a failed case is a problem, and counted under its trait", () => {
  const failed = { name: "a", trait: "contract", durationMs: 1, failure: new Error("broken") };
  const report = summarize([failed], ["contract"]);
  deepEqual(report.problems, ["a: broken"]);
  deepEqual(report.traits, [{ trait: "contract", passed: 0, failed: 1 }]);
});
