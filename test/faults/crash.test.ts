import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { FAILPOINTS } from "../../core/kernel/failpoint.ts";
import { Ledger } from "../support/ledger.ts";
import { type Answer, ServerProcess } from "../support/server-process.ts";

/** Rounds of the random kills; a longer test sets more. */
const ROUNDS = Number(process.env["ERRAND_CRASH_ROUNDS"] ?? 8);

/** FAULTS.md R1: kill -9 at every named place; the next server settles everything, once. */
describe("a server that is killed at a named place", () => {
  for (const failpoint of FAILPOINTS) {
    it(`${failpoint}: nothing acknowledged is lost, nothing runs twice`, async () => {
      await withWorld(async ({ dataDir, ledger }) => {
        const first = await ServerProcess.start(dataDir);
        await first.apply({
          name: "work",
          tasks: {
            a: ledger.task(),
            b: { ...ledger.task(), needs: ["a"] },
            c: { ...ledger.task({ exitCode: 3 }), allowFailure: true },
          },
        });
        await first.stop();
        const inRecovery = failpoint.startsWith("recovery");
        const armed = { env: { ERRAND_FAILPOINT: failpoint } };

        const second = await ServerProcess.start(dataDir, inRecovery ? {} : armed);
        const acked = await submitUntilDead(second, inRecovery);
        if (inRecovery) {
          const third = await ServerProcess.start(dataDir, armed);
          deepStrictEqual(await third.exited, { code: null, signal: "SIGKILL" });
        } else deepStrictEqual(await second.exited, { code: null, signal: "SIGKILL" });

        const last = await ServerProcess.start(dataDir);
        try {
          for (const runId of acked) {
            const run = await last.ended(runId);
            strictEqual(run.state, "succeeded", JSON.stringify(run));
            deepStrictEqual(
              run.tasks.map((task: Answer) => [task.name, task.state, task.attempts.length]),
              [["a", "succeeded", 1], ["b", "succeeded", 1], ["c", "failed", 1]],
            );
            strictEqual(run.tasks[2]?.attempts[0]?.exitCode, 3);
            await checkLogs(last, runId);
          }
          await allEnded(last);
          await ledger.checkOnce();
        } finally {
          await last.stop();
        }
        await checkNothingLeft(dataDir);
      });
    });
  }
});

describe("a task that runs through the death of its server", () => {
  it("is adopted by the next one, with its whole log and its exit code", async () => {
    await withWorld(async ({ dataDir, ledger }) => {
      const first = await ServerProcess.start(dataDir);
      await first.apply({
        name: "long",
        tasks: { a: ledger.task({ waits: true, exitCode: 7 }) },
      });
      const runId = await first.run("long");
      await untilTask(first, runId, "running");
      await first.kill();

      const second = await ServerProcess.start(dataDir);
      try {
        await ledger.openGate();
        const run = await second.ended(runId);
        strictEqual(run.state, "failed");
        deepStrictEqual(run.tasks[0]?.attempts.map((a: Answer) => a.exitCode), [7]);
        await checkLogs(second, runId);
        deepStrictEqual((await ledger.lines()).map((l) => l.what), ["start", "end"]);
      } finally {
        await second.stop();
      }
      await checkNothingLeft(dataDir);
    });
  });
});

describe("a server that is killed at random", () => {
  it("loses and doubles nothing over many rounds", async () => {
    await withWorld(async ({ dataDir, ledger }) => {
      const acked: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const server = await ServerProcess.start(dataDir);
        if (round === 0) {
          await server.apply({
            name: "work",
            tasks: { a: ledger.task(), b: { ...ledger.task(), needs: ["a"] } },
          });
        }
        // the answers themselves are the clock: it dies after a different one each time
        for (let i = 0; i < 3 + (round * 7) % 20; i++) acked.push(await server.run("work"));
        await server.kill();
      }
      const last = await ServerProcess.start(dataDir);
      try {
        for (const runId of acked) strictEqual((await last.ended(runId)).state, "succeeded");
        await allEnded(last);
        await ledger.checkOnce();
        strictEqual(new Set(acked).size, acked.length);
      } finally {
        await last.stop();
      }
      await checkNothingLeft(dataDir);
    });
  });
});

async function withWorld(
  body: (world: { readonly dataDir: string; readonly ledger: Ledger }) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "errand-crash-"));
  const ledger = await Ledger.open();
  try {
    await body({ dataDir, ledger });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
    await ledger.remove();
  }
}

/** Submits until the server is gone, or three are acknowledged and `kill` asks to end it. */
async function submitUntilDead(server: ServerProcess, kill: boolean): Promise<readonly string[]> {
  const acked: string[] = [];
  for (let i = 0; i < (kill ? 3 : 200); i++) {
    try {
      acked.push(await server.run("work"));
    } catch {
      return acked; // it died with the request in flight: not acknowledged
    }
  }
  if (kill) await server.kill();
  return acked;
}

async function untilTask(server: ServerProcess, runId: string, state: string): Promise<void> {
  const signal = AbortSignal.timeout(15_000);
  const response = await fetch(`${server.url}/v1/namespaces/default/events?run=${runId}`, {
    headers: { authorization: `Bearer ${server.token}`, accept: "text/event-stream" },
    signal,
  });
  const is = async () => (await server.show(runId)).tasks[0]?.state === state;
  if (await is()) return void await response.body?.cancel();
  for await (const _ of response.body!) if (await is()) return;
}

async function checkLogs(server: ServerProcess, runId: string): Promise<void> {
  const { body } = await server.request("GET", `/v1/namespaces/default/runs/${runId}/logs`);
  const texts = new Map<string, string>();
  for (const { task, text } of body.items) texts.set(task, (texts.get(task) ?? "") + text);
  ok(texts.size > 0, "there is no log");
  for (const [task, text] of texts) strictEqual(text, "first line\nlast line\n", task);
}

/** Runs that are durable, but died with their acknowledgement, end as well. */
async function allEnded(server: ServerProcess): Promise<void> {
  const { body } = await server.request("GET", "/v1/namespaces/default/runs?limit=200");
  for (const run of body.items) await server.ended(run.id);
}

/** I6: once the server has let go of everything, no workspace and no output file is left. */
async function checkNothingLeft(dataDir: string): Promise<void> {
  for (const folder of ["work", "instances/process/out"]) {
    deepStrictEqual(await readdir(join(dataDir, folder)).catch(() => []), [], folder);
  }
}
