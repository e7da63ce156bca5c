import { deepStrictEqual, match, ok, rejects } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { describe, it } from "node:test";
import { MUTANTS } from "./mutants.ts";
import { simulate } from "./simulate.ts";

/** Every CI run has these; a longer one is `npm run simulate`. */
const SEEDS = Number(process.env["ERRAND_SIMULATE_SEEDS"] ?? 10_000);
/** Within this many schedules every mutant has to be caught. */
const MUTANT_SEEDS = 400;

describe("the simulator", () => {
  it(`finds nothing wrong in ${SEEDS} schedules`, async () => {
    let crashes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) crashes += (await simulate(seed)).crashes;
    ok(crashes > SEEDS, `only ${crashes} crashes: the schedules are too tame`);
  });

  it("gives the same history for the same seed", async () => {
    const history = async () => {
      const lines: string[] = [];
      await simulate(42, { trace: (line) => lines.push(line) });
      return lines;
    };
    deepStrictEqual(await history(), await history());
  });

  for (const [name, options] of Object.entries(MUTANTS)) {
    it(`catches ${name}`, async () => {
      await rejects(async () => {
        for (let seed = 1; seed <= MUTANT_SEEDS; seed++) await simulate(seed, options);
      }, (error: Error) => {
        match(error.message, /^seed \d+: /);
        return true;
      });
    });
  }

  it("drives the real machine, journal and recovery, and defines none of its own", async () => {
    const folder = new URL("./", import.meta.url);
    const files = (await readdir(folder)).filter((name) => /(?<!test)\.ts$/.test(name));
    const texts = await Promise.all(
      files.map(async (name) => await readFile(new URL(name, folder), "utf8")),
    );
    const all = texts.join("\n");
    for (const name of ["Journal", "recoverRuns", "RunEngine", "SchedulerWatch"]) {
      match(all, new RegExp(`import [^;]*\\b${name}\\b[^;]*from "../../core/`));
      ok(!new RegExp(`(class|function) ${name}\\b`).test(all), `it defines its own ${name}`);
    }
    ok(!/function (transition|createRun|resumeRun)\b/.test(all), "it defines its own machine");
  });
});
