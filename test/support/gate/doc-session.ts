import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DocBlock } from "./doc-blocks.ts";
import { matchesOutput } from "./doc-blocks.ts";
import { findLeftovers, killLeftovers } from "./leftovers.ts";
import { ROOT } from "./repository.ts";
import { runChild } from "./run-child.ts";
import { childEnvironment, findRuntimes } from "./runtimes.ts";

/** How long one block may take. */
const LIMIT_MS = 120_000;

/**
 * Does what a page says, in an empty folder with a home and a data directory of its own; answers
 * what did not come out as written.
 */
export async function runPage(blocks: readonly DocBlock[]): Promise<readonly string[]> {
  const session = await openSession();
  const problems: string[] = [];
  let output = "";
  try {
    for (const block of blocks) {
      const { mark } = block;
      if (mark.kind === "output" && !matchesOutput(output, block.text)) {
        problems.push(`${at(block)}: this is not what came:\n${indent(output)}`);
      }
      if (mark.kind !== "check") continue;
      const result = block.language === "yaml"
        ? await session.validate(block, mark.file)
        : mark.background
        ? await session.begin(block)
        : await session.run(block.text);
      output = result.output;
      if (result.code !== mark.exit) {
        problems.push(
          `${at(block)}: wanted exit code ${mark.exit}, got ${result.code}:\n${indent(output)}`,
        );
      }
    }
  } finally {
    await session.close();
  }
  return problems;
}

interface Result {
  readonly code: number;
  readonly output: string;
}

async function openSession() {
  const folder = await mkdtemp(join(tmpdir(), "ed-"));
  await chmod(folder, 0o755); // tasks may run as another user
  const bin = join(folder, "bin");
  const place = join(folder, "place");
  for (const path of [bin, place]) await mkdir(path);
  const { node } = findRuntimes();
  const wrapper = `#!/bin/sh\nexec ${node.path} ${join(ROOT, "cli/errand.js")} "$@"\n`;
  await writeFile(join(bin, "errand"), wrapper, { mode: 0o755 });
  const base = childEnvironment();
  const env = {
    ...base,
    PATH: `${bin}:${base["PATH"]}`,
    HOME: join(folder, "home"),
    ERRAND_DATA: join(folder, "data"),
    ERRAND_LISTEN: "127.0.0.1:0",
  };
  const background: ChildProcess[] = [];

  function run(script: string): Promise<Result> {
    const argv = ["bash", "-euo", "pipefail", "-c", script] as const;
    return runChild([...argv], { env, cwd: place, limitMs: LIMIT_MS });
  }
  return {
    run,

    /** Stores a pipeline under the name that the page gives it, and validates it. */
    async validate(block: DocBlock, file = `block-${block.line}.yaml`): Promise<Result> {
      await writeFile(join(place, file), `${block.text}\n`);
      return await run(`errand validate ${file}`);
    },

    /** Starts something that stays, and waits until a server answers. */
    async begin(block: DocBlock): Promise<Result> {
      const child = spawn("bash", ["-euo", "pipefail", "-c", block.text], {
        env,
        cwd: place,
        stdio: "ignore",
      });
      background.push(child);
      return await run("until errand status >/dev/null 2>&1; do sleep 0.1; done");
    },

    async close(): Promise<void> {
      for (const child of background) child.kill("SIGTERM");
      killLeftovers(findLeftovers(folder));
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

function at({ page, line }: DocBlock): string {
  return `${page}:${line}`;
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, "  | ");
}
