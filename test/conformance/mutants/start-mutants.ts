import { PluginError } from "../../../protocol/errors.ts";
import { argvOf, attemptOf, exitsAs, type Mutant, startsAs } from "./mutant.ts";

/** Schedulers that start wrongly. */
export const startMutants: readonly Mutant[] = [
  {
    does: "runs another program",
    caughtBy: "start runs work of the kind process",
    mutation: startsAs((spec) => argvOf(spec, "exit", "1")),
  },
  {
    does: "answers a new handle each time",
    caughtBy: "a second start of an id answers the first's handle while it runs",
    mutation: (right) => ({
      start: (spec, signal) => right.start(spec, signal).then(() => ({ handle: fresh() })),
    }),
  },
  {
    does: "replaces an attempt by the second start of its id",
    caughtBy: "a second start of an id answers the first's handle whatever else differs",
    mutation: startsAs((spec, backend) => (backend.attempts.delete(spec.attemptId), spec)),
  },
  {
    does: "runs an attempt again after its exit",
    caughtBy: "a start of an attempt that has exited does not run it again",
    mutation: startsAs((spec, backend) => {
      const known = attemptOf(backend, spec.attemptId);
      if (known?.exit) backend.attempts.delete(spec.attemptId);
      return spec;
    }),
  },
  {
    does: "gives each of several starts at once a handle of its own",
    caughtBy: "starts of one id at the same time run it once",
    mutation: (right) => ({
      start: (spec, signal) => right.start(spec, signal).then(() => ({ handle: fresh() })),
    }),
  },
  {
    does: "mixes up attempts that are started at the same time",
    caughtBy: "starts of different ids at the same time all run",
    mutation: (right) => {
      let first: Parameters<typeof right.start>[0] | undefined;
      return {
        start: (spec, signal) => right.start({ ...spec, work: (first ??= spec).work }, signal),
      };
    },
  },
  {
    does: "makes handles that only its own generation knows",
    caughtBy: "a new generation answers a repeated start with the first's handle",
    mutation: (right) => {
      const handle = fresh();
      return { start: (spec, signal) => right.start(spec, signal).then(() => ({ handle })) };
    },
  },
  {
    does: "takes the abort of a start for a stop",
    caughtBy: "an aborted start settles at once, and its repeat runs the attempt once",
    mutation: (right, backend) => ({
      async start(spec, signal) {
        await Promise.resolve();
        if (signal.aborted) backend.fenced.add(spec.attemptId);
        return await right.start(spec, signal);
      },
    }),
  },
  ...[1, 42, 255].map((code): Mutant => ({
    does: `reports ${code} as 0`,
    caughtBy: `the exit code ${code} is reported as it is`,
    mutation: exitsAs(() => ({ exitCode: 0 })),
  })),
  {
    does: "refuses a program that does not exist",
    caughtBy: "a program that does not exist is no error: it exits with start_failed",
    mutation: () => ({ start: () => Promise.reject(new PluginError("not_found", "no program")) }),
  },
  {
    does: "does not say which signal",
    caughtBy: "an attempt that a signal ended says which",
    mutation: exitsAs(() => ({ signal: "" })),
  },
  {
    does: "reports a deadline as a plain kill",
    caughtBy: "runMs ends an attempt as deadline",
    mutation: exitsAs(() => ({ cause: "signalled" })),
  },
  {
    does: "adds a variable of its own",
    caughtBy: "the environment is exactly what the specification says",
    mutation: startsAs((spec) => ({ ...spec, env: { ...spec.env, HOSTNAME: "here" } })),
  },
  {
    does: "drops secrets for the environment",
    caughtBy: "a secret reaches the attempt by its environment",
    mutation: startsAs((spec) => ({ ...spec, secrets: [] })),
  },
  {
    does: "drops secrets for files",
    caughtBy: "a secret reaches the attempt by a file, byte for byte",
    mutation: startsAs((spec) => ({ ...spec, secrets: [] })),
  },
  {
    does: "cuts a large environment",
    caughtBy: "an environment as large as maxEnvBytes arrives",
    mutation: startsAs((spec) => {
      return { ...spec, env: Object.fromEntries(Object.entries(spec.env).slice(0, 4)) };
    }),
  },
  {
    does: "works in another folder",
    caughtBy: "an attempt works in its workspace, which is made when it is absent",
    mutation: startsAs((spec) => ({ ...spec, workspace: `${spec.workspace}-other` })),
  },
  {
    does: "ignores workdir",
    caughtBy: "workdir is relative to the workspace",
    mutation: startsAs((spec) => argvOf(spec, "pwd")),
  },
  {
    does: "makes up for a workdir that is missing",
    caughtBy: "a workdir that does not exist is no error: it exits with start_failed",
    mutation: startsAs((spec) => argvOf(spec, "pwd")),
  },
  {
    does: "only pretends to reach the API",
    caughtBy: "an attempt reaches a server on this machine",
    mutation: startsAs((spec) => argvOf(spec, "exit", "0")),
  },
  {
    does: "trims outputs",
    caughtBy: "outputs are returned as they were written",
    mutation: exitsAs(({ outputs }) => ({ outputs: outputs.subarray(0, -1) })),
  },
  {
    does: "invents outputs",
    caughtBy: "an attempt that writes no outputs has none",
    mutation: exitsAs(() => ({ outputs: new Uint8Array([120]) })),
  },
  {
    does: "cuts outputs before maxOutputBytes",
    caughtBy: "outputs as large as maxOutputBytes are whole",
    mutation: exitsAs(({ outputs }) => ({ outputs: outputs.subarray(0, 1_000) })),
  },
  {
    does: "hides that outputs were cut",
    caughtBy: "larger outputs are marked as truncated",
    mutation: exitsAs(() => ({ outputsTruncated: false })),
  },
];

function fresh(): string {
  return crypto.randomUUID();
}
