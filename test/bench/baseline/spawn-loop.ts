import { spawn } from "node:child_process";
import process from "node:process";

/** What to start, as JSON in the only argument: `waves` of programs, one wave after the other. */
interface SpawnPlan {
  readonly program: string;
  /** How many are started in each wave; a wave begins when the one before has ended. */
  readonly waves: readonly number[];
  /** At once. */
  readonly ways: number;
}

const { program, waves, ways } = JSON.parse(process.argv[2]!) as SpawnPlan;
const startedAt = performance.now();
for (const wave of waves) {
  let left = wave;
  await Promise.all(Array.from({ length: Math.min(ways, wave) }, async () => {
    while (left-- > 0) await run();
  }));
}
console.log(JSON.stringify({ ms: performance.now() - startedAt }));

function run(): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, [], { stdio: "ignore" }).on("error", reject).on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}
