import process from "node:process";
import { type Check, CHECKS } from "./checks.ts";
import { runChild } from "./run-child.ts";
import { childEnvironment, findRuntimes } from "./runtimes.ts";

/**
 * `npm run ok [-- --no-tests] [NAME…]`: the one gate. Every check runs, whatever another says; what
 * fails shows its output. The last line says yes or no.
 */
async function main(argv: readonly string[]): Promise<number> {
  const names = argv.filter((it) => !it.startsWith("--"));
  const flags = argv.filter((it) => it.startsWith("--"));
  const known = CHECKS.map(({ name }) => name);
  const unknown = flags.find((it) => it !== "--no-tests") ??
    names.find((it) => !known.includes(it));
  if (unknown !== undefined) {
    console.error(`unknown ${unknown}: wanted --no-tests or some of ${known.join(", ")}`);
    return 2;
  }
  try {
    findRuntimes();
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  const chosen = CHECKS.filter(({ name }) =>
    names.length > 0 ? names.includes(name) : !(name === "tests" && flags.length > 0)
  );
  const failed: string[] = [];
  for (const check of chosen) if (!await passes(check)) failed.push(check.name);
  console.log(failed.length === 0 ? `ok: ${chosen.length} checks` : `not ok: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

async function passes({ name, commands, live }: Check): Promise<boolean> {
  for (const argv of commands) {
    const { code, output, timedOut, ms } = await runChild(argv, {
      env: childEnvironment(),
      limitMs: 20 * 60_000,
      ...(live ? { onOutput: (text: string) => process.stdout.write(text) } : {}),
    });
    const seconds = `${(ms / 1000).toFixed(1)} s`;
    if (code !== 0) {
      if (!live) console.log(output.trimEnd().replace(/^/gm, "  | "));
      console.log(`FAILED ${name}: ${argv.join(" ")} ${timedOut ? "hung" : `ended with ${code}`}`);
      return false;
    }
    const last = output.trim().split("\n").at(-1) ?? "";
    console.log(`ok ${name} (${seconds})${live || last.length > 90 ? "" : ` ${last}`}`);
  }
  return true;
}

process.exitCode = await main(process.argv.slice(2));
