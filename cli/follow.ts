import type { ErrandClient, FollowItem, Run } from "../protocol/http/client/mod.ts";
import { ErrandError } from "../protocol/errors.ts";
import type { CliContext } from "./context.ts";
import { EXIT } from "./exit-code.ts";
import { FollowPrinter } from "./output/follow-printer.ts";
import { writeJson } from "./output/json-line.ts";

/** How to follow. */
export interface FollowOptions {
  readonly json: boolean;
  /** What Ctrl-C does: leave the run alone, or end it (a second one: at once). */
  readonly onInterrupt: "detach" | "cancel";
}

/** Follows a run to its end on the terminal; answers the exit code. */
export async function followRun(
  context: CliContext,
  run: { readonly client: ErrandClient; readonly id: string },
  options: FollowOptions,
): Promise<number> {
  const { client, id } = run;
  const { stdout } = context.process;
  const printer = options.json
    ? { print: (item: FollowItem) => writeJson(stdout, item) }
    : new FollowPrinter(stdout, (await client.runs.get(id)).tasks.map(({ name }) => name));
  const ended = await watchRun(context, run, {
    onInterrupt: options.onInterrupt,
    print: (item) => printer.print(item),
  });
  return ended?.state === "succeeded" ? EXIT.ok : EXIT.failed;
}

/** Hands every item of a run to `print`; answers the ended run, or nothing after a detach. */
export async function watchRun(
  context: CliContext,
  run: { readonly client: ErrandClient; readonly id: string },
  options: {
    readonly onInterrupt: "detach" | "cancel";
    readonly print: (item: FollowItem) => void;
  },
): Promise<Run | undefined> {
  const { client, id } = run;
  const { stdout, stderr } = context.process;
  const detached = new AbortController();
  const failures: unknown[] = [];
  let interrupts = 0;
  const stopListening = context.process.onInterrupt(() => {
    interrupts++;
    if (options.onInterrupt === "detach") {
      detached.abort();
      stderr.write(
        `errand: the run goes on: \`errand logs ${id} --follow\` follows it again, ` +
          `\`errand cancel ${id}\` ends it\n`,
      );
    } else if (interrupts > 2) {
      context.process.exit(EXIT.failed);
    } else {
      const force = interrupts === 2;
      stderr.write(force ? "errand: ending it at once\n" : CANCELLING);
      client.runs.cancel(id, { force }).catch((reason) => {
        failures.push(reason);
        detached.abort();
      });
    }
  });
  try {
    for await (const item of client.runs.follow(id, {}, detached.signal)) {
      options.print(item);
      await stdout.drained();
      if (item.type === "run") return item;
    }
  } finally {
    stopListening();
  }
  if (failures.length > 0) throw failures[0];
  if (detached.signal.aborted) return undefined;
  throw new ErrandError("unavailable", `the server stopped telling about run ${id} before its end`);
}

const CANCELLING =
  "errand: cancelling; its tasks get their grace period, Ctrl-C again ends it now\n";
