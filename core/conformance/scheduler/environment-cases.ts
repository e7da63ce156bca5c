import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import type { CaseList, SchedulerCase } from "./scheduler-case.ts";
import type { StartedAttempt, Trial } from "./trial.ts";

/** `env`, `secrets`: what is declared, and nothing else. */
export const environmentCases: CaseList = (subject) => {
  const { workloads, traits, addedEnv } = subject;
  if (traits.logs === "none") return [];
  return [
    {
      name: "the environment is exactly what the specification says",
      trait: "contract",
      async body(trial) {
        const declared = { GREETING: "hello world", EMPTY: "", UNICODE: "häß€", EQUALS: "a=b=c" };
        process.env["ERRAND_CONFORMANCE_LEAK"] = "inherited";
        try {
          const { workload, env } = withEnv(workloads.printEnv(), declared);
          const run = await trial.run(workload, { env });
          const found = await environmentOf(trial, run);
          for (const name of [...OURS, ...addedEnv]) found.delete(name);
          deepEqual(sorted(found), sorted(new Map(Object.entries(env))));
        } finally {
          delete process.env["ERRAND_CONFORMANCE_LEAK"];
        }
      },
    },
    ...(traits.secrets.includes("env")
      ? [
        {
          name: "a secret reaches the attempt by its environment",
          trait: "secrets:env",
          async body(trial) {
            const secrets = [{
              name: "TOKEN",
              value: Buffer.from("s3cr3t öl"),
              as: "env" as const,
            }];
            const run = await trial.run(workloads.printEnv(), { secrets });
            equal((await environmentOf(trial, run)).get("TOKEN"), "s3cr3t öl");
            const listed = JSON.stringify([...await trial.list()]);
            ok(!listed.includes("s3cr3t"), "a listing shows a secret");
          },
        } satisfies SchedulerCase,
      ]
      : []),
    ...(traits.secrets.includes("file") && workloads.printSecretFile
      ? [
        {
          name: "a secret reaches the attempt by a file, byte for byte",
          trait: "secrets:file",
          async body(trial) {
            const value = Buffer.from([0, 255, 10, 13, 1, 10]);
            const secrets = [{ name: "key", value, as: "file" as const }];
            const run = await trial.run(workloads.printSecretFile!("key"), { secrets });
            deepEqual([...(await trial.wholeLog(run)).out], [...value]);
          },
        } satisfies SchedulerCase,
      ]
      : []),
    ...(traits.maxEnvBytes > 0
      ? [
        {
          name: "an environment as large as maxEnvBytes arrives",
          trait: "maxEnvBytes",
          async body(trial) {
            const { workload, env } = withEnv(workloads.printEnv(), {});
            const full = {
              ...env,
              ...fill(Math.min(traits.maxEnvBytes, MOST_BYTES) - sizeOf(env)),
            };
            const run = await trial.run(workload, { env: full });
            equal(run.exit.exitCode, 0, run.exit.message);
            const found = await environmentOf(trial, run);
            for (const [name, value] of Object.entries(full)) equal(found.get(name), value, name);
          },
        } satisfies SchedulerCase,
      ]
      : []),
  ];
};

/** Names that a scheduler itself adds. */
const OURS = ["ERRAND_OUTPUT", "ERRAND_SUMMARY"];

/** More is not tried, however much is allowed. */
const MOST_BYTES = 1_048_576;

function withEnv<T extends { readonly env?: Readonly<Record<string, string>> }>(
  workload: T,
  more: Readonly<Record<string, string>>,
) {
  return { workload, env: { ...workload.env, ...more } };
}

async function environmentOf(trial: Trial, run: StartedAttempt): Promise<Map<string, string>> {
  const text = (await trial.wholeLog(run)).out.toString();
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

function sorted(env: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...env].sort(([a], [b]) => a < b ? -1 : 1);
}

function sizeOf(env: Readonly<Record<string, string>>): number {
  return Object.entries(env).reduce((sum, [name, value]) => {
    return sum + Buffer.byteLength(name) + Buffer.byteLength(value);
  }, 0);
}

/** Variables whose names and values are `bytes` long together, or a little less. */
function fill(bytes: number): Record<string, string> {
  const env: Record<string, string> = {};
  for (let left = bytes, i = 0; left > 16; i++) {
    const name = `FILL_${i}`;
    const length = Math.min(left, 4_096) - name.length;
    env[name] = "e".repeat(length);
    left -= name.length + length;
  }
  return env;
}
