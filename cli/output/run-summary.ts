import type { Run, RunTask } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { harmless, stateStyle, stylerOf } from "./style.ts";
import { formatTable } from "./table.ts";
import { durationBetween } from "./time.ts";

/** A run's tasks as a table, what went wrong as sentences, and the outcome as the last line. */
export function formatRunSummary(run: Run, output: Output): string {
  const style = stylerOf(output);
  const header = ["TASK", "STATE", "REASON", "ATTEMPTS", "DURATION", "EXIT"];
  const rows = run.tasks.map((task) => [
    task.name + (task.after ? style("quiet", " (after)") : ""),
    style(stateStyle(task.state), task.state),
    task.reason ?? "",
    task.attempts.length > 0 ? String(task.attempts.length) : "",
    taskDuration(task),
    exitText(task),
  ]);
  const troubles = run.tasks
    .filter(({ state, message }) => message !== undefined && TROUBLE.has(state))
    .map(({ name, message }) => `${style("strong", name)}: ${harmless(message!)}\n`);
  return formatTable(header.map((cell) => style("quiet", cell)), rows) +
    (troubles.length > 0 ? `\n${troubles.join("")}` : "") +
    `\n${runHeadline(run, output)}\n`;
}

/** `hello#3 succeeded in 2.1s`, with the reason where there is one. */
export function runHeadline(run: Omit<Run, "tasks">, output: Output): string {
  const style = stylerOf(output);
  const took = durationBetween(run.startedAt, run.finishedAt);
  const state = style(stateStyle(run.state), run.state.replace("_", " "));
  const because = run.message ?? run.reason;
  return style("strong", `${run.pipeline}#${run.number}`) + ` ${state}` +
    (took ? ` in ${took}` : "") + (because ? `: ${harmless(because)}` : "");
}

const TROUBLE: ReadonlySet<string> = new Set(["failed", "timed_out", "lost"]);

function taskDuration(task: RunTask): string {
  const first = task.attempts.find(({ startedAt }) => startedAt !== null)?.startedAt ?? null;
  return durationBetween(first, task.attempts.at(-1)?.finishedAt ?? null);
}

function exitText(task: RunTask): string {
  const last = task.attempts.at(-1);
  return last?.signal ?? (last?.exitCode === undefined ? "" : String(last.exitCode));
}
