import { equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { framesOf } from "./read-log.ts";
import type { CaseList } from "./scheduler-case.ts";

/** `frames`: the scheduler appends to `logFile` itself, masks, and keeps to the quota. */
export const frameCases: CaseList = ({ workloads, traits }) => {
  if (traits.logs !== "frames") return [];
  const trait = "logs:frames";
  return [
    {
      name: "frames are stamped with the time of writing",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.print(Buffer.from("now\n"), Buffer.from("")));
        const frames = await framesOf(trial, run.spec.logFile);
        const { startedAtMs, finishedAtMs } = run.exit;
        for (const { atMs } of frames) {
          ok(atMs >= startedAtMs - 1_000 && atMs <= finishedAtMs + 1_000, `a frame of ${atMs}`);
        }
      },
    },
    {
      name: "byte strings to redact are masked on both streams",
      trait,
      async body(trial) {
        const secret = Buffer.from("hunter2-hunter2");
        const text = Buffer.concat([Buffer.from("a "), secret, Buffer.from(" b\n")]);
        const run = await trial.run(workloads.print(text, text), { redact: [secret] });
        const { out, err } = await trial.wholeLog(run);
        for (const found of [out, err]) {
          ok(!found.includes(secret), "the log holds a byte string that was to be masked");
          ok(found.includes("a ") && found.includes(" b\n"), "more than the secret was masked");
        }
      },
    },
    {
      name: "several byte strings are masked wherever they begin and end",
      trait,
      async body(trial) {
        const secrets = ["alpha-secret", "alpha-secret-longer", "beta\nsecret"];
        const text = Buffer.from(secrets.map((it) => `<${it}>`).join("").repeat(200));
        const redact = secrets.map((it) => Buffer.from(it));
        const run = await trial.run(workloads.print(text, Buffer.from("")), { redact });
        const { out } = await trial.wholeLog(run);
        for (const it of redact) ok(!out.includes(it), `the log holds ${it}`);
        ok(!out.includes("-longer"), "the longer of two byte strings was masked in part");
        equal(out.toString().split("<").length - 1, secrets.length * 200);
      },
    },
    {
      name: "a log ends in a visible marker at maxLogBytes, and the attempt runs on",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.flood(300_000), { maxLogBytes: 10_000 });
        equal(run.exit.exitCode, 0, run.exit.message);
        const log = await trial.wholeLog(run);
        equal(log.out.length + log.err.length, 10_000);
        ok(log.markers.length > 0, "no marker says that the log was cut");
      },
    },
    {
      name: "a log of exactly maxLogBytes has no marker",
      trait,
      async body(trial) {
        const run = await trial.run(workloads.flood(10_000), { maxLogBytes: 10_000 });
        const log = await trial.wholeLog(run);
        equal(log.out.length, 10_000);
        equal(log.markers.length, 0, log.markers.join());
      },
    },
  ];
};
