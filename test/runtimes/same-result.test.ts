import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { errandCommand, ON_DENO, ServerProcess } from "../support/server-process.ts";

/** A run's result without what differs from run to run. */
interface Result {
  readonly state: string;
  /** Task → state, reason, outputs, exit codes. */
  readonly tasks: Readonly<Record<string, readonly unknown[]>>;
}

const EXPECTED: Readonly<Record<string, Result>> = {
  graph: {
    state: "failed",
    tasks: {
      "breaks": ["failed", "exit", null, [7]],
      "caught": ["succeeded", null, null, [0]],
      "first": ["succeeded", null, { list: [1, 2], n: 41 }, [0]],
      "last": ["succeeded", null, null, [0]],
      "never": ["skipped", "need", null, []],
      "shallow": ["skipped", "when", null, []],
      "sum": ["succeeded", null, { n: 42 }, [0]],
    },
  },
  retry: {
    state: "succeeded",
    tasks: {
      "bad-output": ["failed", "outputs", null, [0]],
      "missing": ["failed", "start_failed", null, [127]],
      "third-time": ["succeeded", null, { at: "3" }, [1, 1, 0]],
      "too-slow": ["timed_out", "timeout", null, [143]],
    },
  },
};

for (const [name, expected] of Object.entries(EXPECTED)) {
  const file = new URL(`pipelines/${name}.yaml`, import.meta.url).pathname;

  test(`errand dev gives ${name}'s result`, async () => {
    assert.deepEqual(resultOf(await errand(["dev", file, "--json"])), expected);
  });

  test(`a server gives ${name} the same result`, async () => {
    await withServer(async (server) => {
      const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
      await errand(["apply", file], env);
      const lines = await errand(["run", name, "--follow", "--json"], env);
      assert.deepEqual(resultOf(lines), expected);
    });
  });
}

test("a server says which runtime it runs on: the one of this test", async () => {
  await withServer(async (server) => {
    const { body } = await server.request("GET", "/v1/version");
    assert.equal(body.runtime, ON_DENO ? "deno" : "node");
  });
});

/** The last line of a run's output, reduced to what must be the same everywhere. */
function resultOf(output: string): Result {
  const run = JSON.parse(output.trim().split("\n").at(-1)!);
  assert.equal(run.type, "run");
  const tasks: [string, readonly unknown[]][] = run.tasks.map(
    (
      { name, state, reason, outputs, attempts }: {
        readonly name: string;
        readonly state: string;
        readonly reason?: string;
        readonly outputs?: Readonly<Record<string, unknown>>;
        readonly attempts: readonly { readonly exitCode?: number }[];
      },
    ) => {
      const codes = attempts.map(({ exitCode }) => exitCode ?? null);
      const some = outputs && Object.keys(outputs).length > 0 ? outputs : null;
      return [name, [state, reason ?? null, some, codes]];
    },
  );
  return { state: run.state, tasks: Object.fromEntries(tasks.sort(([a], [b]) => a < b ? -1 : 1)) };
}

/** Runs the command line on this test's runtime; answers its standard output. */
function errand(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const [program, argv] = errandCommand(args);
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(program, [...argv], options, (error, stdout, stderr) => {
      // 1 = the run failed, which is a result
      if (error === null || error.code === 1) resolve(stdout);
      else reject(new Error(`errand ${args.join(" ")}: ${stderr}`, { cause: error }));
    });
  });
}

async function withServer(use: (server: ServerProcess) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "same-"));
  await chmod(dataDir, 0o711);
  try {
    const server = await ServerProcess.start(dataDir);
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
