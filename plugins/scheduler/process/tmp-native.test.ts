import { deepEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import {
  declaredTraits,
  runCase,
  schedulerCases,
  type SchedulerSubject,
  type SchedulerWorkloads,
  summarize,
  type Workload,
} from "../../../core/conformance/mod.ts";
import type { SchedulerTraits } from "../../../core/kernel/scheduler.ts";
import type { LauncherKind } from "./launcher-start.ts";
import manifest from "./plugin.json" with { type: "json" };
import { decodeFrames } from "../../../protocol/log-frames.ts";
import { ProcessGround } from "./testing/ground.ts";

const WORKLOADS: SchedulerWorkloads = {
  exit: (code) => script(`exit ${code}`),
  print: (out, err) => script(`printf '${octal(out)}'; printf '${octal(err)}' >&2`),
  flood: (bytes) => script(`head -c ${bytes} /dev/zero | tr '\\0' x`),
  printEnv: () => program(["env"]),
  untilStopped: () => script("echo ready; exec sleep 600"),
  exitOnTerm: (code) =>
    script(`trap 'exit ${code}' TERM; echo ready; while :; do sleep 0.02; done`),
  ignoreTerm: () => script("trap '' TERM; echo ready; while :; do sleep 600; done"),
  killItself: () => script("kill -9 $$"),
  writeOutputs: (text) => script(`printf '${octal(Buffer.from(text))}' >> "$ERRAND_OUTPUT"`),
  fillOutputs: (bytes) => script(`head -c ${bytes} /dev/zero | tr '\\0' x >> "$ERRAND_OUTPUT"`),
  missing: () => program(["no-such-program"]),
  printWorkdir: (workdir) => ({
    work: { kind: "process", argv: ["/bin/sh", "-c", "pwd -P"], workdir },
  }),
};

for (const launcher of ["fallback"] as const) {
  describe(`the process scheduler with the ${launcher} launcher`, { concurrency: 4 }, () => {
    const subject = subjectOf(launcher);
    const results = schedulerCases(subject).map((it) => ({
      it,
      result: Promise.withResolvers<Awaited<ReturnType<typeof runCase>>>(),
    }));
    for (const { it, result } of results) {
      test(it.name, async () => {
        const found = await runCase(it);
        result.resolve(found);
        if (found.failure) throw found.failure;
      });
    }
    test("has cases for all that it declares", async () => {
      const all = await Promise.all(results.map(({ result }) => result.promise));
      deepEqual(summarize(all, declaredTraits(subject.traits)).problems, []);
    });
  });
}

function subjectOf(launcher: LauncherKind): SchedulerSubject {
  return {
    traits: manifest.traits.scheduler as SchedulerTraits,
    kind: "process",
    workloads: WORKLOADS,
    addedEnv: [],
    async open() {
      const ground = await ProcessGround.open({ launcher });
      return {
        scheduler: ground.scheduler,
        reopen: () => ground.reopen(),
        newAttemptId: () => ground.newAttemptId(),
        newWorkspace: () => ground.newWorkspace(),
        newLogFile: () => ground.newLogFile(),
        close: () => ground.close(),
      };
    },
    async readFrames(path) {
      return decodeFrames(await readFile(path).catch(() => Buffer.alloc(0))).frames;
    },
  };
}

function script(text: string): Workload {
  return program(["/bin/sh", "-c", text]);
}

function program(argv: readonly string[]): Workload {
  return { work: { kind: "process", argv, workdir: "" } };
}

function octal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
