import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findRuntimes, type Runtime } from "./runtimes.ts";
import { type FileReport, runTestFile } from "./test-file.ts";

const RUNTIMES: readonly Runtime[] = Object.values(findRuntimes());

for (const runtime of RUNTIMES) {
  test(`${runtime.name}: passed, failed and skipped cases are told apart`, async () => {
    const { cases, faults } = await run("mixed.ts", runtime);
    assert.deepEqual(faults, []);
    assert.deepEqual(
      Object.fromEntries(cases.map(({ name, outcome }) => [name, outcome])),
      {
        "passes": "passed",
        "is <skipped> & escaped": "skipped",
        "fails": "failed",
        "a group > has a case": "passed",
        "a group > skips one": "skipped",
        "a parent > has a step": "passed",
      },
    );
  });

  test(`${runtime.name}: a process left behind is a fault, and is ended`, async () => {
    const { cases, faults, litter } = await run("leaves-a-process.ts", runtime);
    assert.deepEqual(cases.map(({ outcome }) => outcome), ["passed"]);
    assert.match(faults.join(), /^left process \d+ behind: (?:\/usr\/bin\/)?sleep 60$/);
    assert.match(litter.join(), /^left-\w+$/);
    const pid = Number(/\d+/.exec(faults[0]!)![0]);
    assert.ok(!isAlive(pid), `process ${pid} is alive`);
  });

  test(`${runtime.name}: a file without a test is a fault`, async () => {
    assert.deepEqual((await run("empty.ts", runtime)).faults, ["ran no test"]);
  });
}

test("a bad exit code without a failed case is a fault", async () => {
  const { faults } = await run("breaks.ts", findRuntimes().node);
  assert.deepEqual(faults, ["ended with code 3 though no test of it failed"]);
});

async function run(fixture: string, runtime: Runtime): Promise<FileReport> {
  const parent = await mkdtemp(join(tmpdir(), "gate-"));
  try {
    const folder = join(parent, "0");
    const report = await runTestFile(`test/fixtures/gate/${fixture}`, { runtime, folder });
    assert.ok(!existsSync(folder), "the folder is still there");
    return report;
  } finally {
    await rm(parent, { recursive: true });
  }
}

function isAlive(pid: number): boolean {
  // a killed child of init stays in the table for a moment: it runs nothing any more
  return existsSync(`/proc/${pid}/exe`);
}
