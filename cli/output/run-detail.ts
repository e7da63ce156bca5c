import type { Run } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { formatRunSummary } from "./run-summary.ts";
import { harmless, stylerOf } from "./style.ts";
import { formatInstant } from "./time.ts";

/** All that `show` says about a run. */
export function formatRunDetail(run: Run, output: Output): string {
  const style = stylerOf(output);
  const facts: (readonly [string, string])[] = [
    ["run", run.id],
    ["pipeline", `${run.pipeline}#${run.number}, version ${run.version}`],
    ["started by", run.initiator + (run.rerunOf ? `, again after run ${run.rerunOf}` : "")],
    ["created", formatInstant(run.createdAt)],
    ["started", formatInstant(run.startedAt)],
    ["finished", formatInstant(run.finishedAt)],
    ["params", pairs(run.params)],
    ["labels", pairs(run.labels)],
  ];
  const outputs = run.tasks
    .filter((task) => task.outputs && Object.keys(task.outputs).length > 0)
    .map((task) => [`${task.name} outputs`, pairs(task.outputs!)] as const);
  const shown = [...facts, ...outputs].filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, value]) => `${style("quiet", name.padEnd(width))}  ${value}\n`);
  return `${lines.join("")}\n${formatRunSummary(run, output)}`;
}

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) =>
      harmless(`${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    )
    .join(" ");
}
