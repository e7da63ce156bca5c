import type { RunItem } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { harmless, stateStyle, stylerOf } from "./style.ts";
import { formatTable } from "./table.ts";
import { durationBetween, formatInstant } from "./time.ts";

/** Runs as a table. */
export function formatRunList(runs: readonly RunItem[], output: Output): string {
  const style = stylerOf(output);
  const header = ["RUN", "STATE", "CREATED", "DURATION", "BY", "ID"];
  return formatTable(
    header.map((cell) => style("quiet", cell)),
    runs.map((run) => [
      `${run.pipeline}#${run.number}`,
      style(stateStyle(run.state), run.state),
      formatInstant(run.createdAt),
      durationBetween(run.startedAt, run.finishedAt),
      harmless(run.initiator),
      style("quiet", run.id),
    ]),
  );
}
