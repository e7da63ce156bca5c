import type { FollowItem, LogEvent, TaskChange } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { LineAssembler } from "./lines.ts";
import { formatRunSummary } from "./run-summary.ts";
import { harmless, stateStyle, type Styler, stylerOf } from "./style.ts";

/** Prints a run for people as it goes: each line with its task's name, a table at the end. */
export class FollowPrinter {
  readonly #output: Output;
  readonly #style: Styler;
  readonly #width: number;
  readonly #open = new Map<string, { readonly from: LogEvent; readonly lines: LineAssembler }>();

  constructor(output: Output, tasks: readonly string[]) {
    this.#output = output;
    this.#style = stylerOf(output);
    this.#width = Math.max(0, ...tasks.map((name) => name.length));
  }

  /** Prints one item. */
  print(item: FollowItem): void {
    if (item.type === "log") return this.#log(item);
    if (item.type === "task") return this.#task(item);
    for (const { from, lines } of this.#open.values()) this.#rest(from, lines);
    this.#output.write(`\n${formatRunSummary(item, this.#output)}`);
  }

  #log(event: LogEvent): void {
    if (event.stream === "marker") {
      this.#line(event.task, this.#style("warn", "▪"), this.#style("warn", harmless(event.text)));
      return;
    }
    const key = `${event.task}\n${event.attempt}\n${event.stream}`;
    const open = this.#open.get(key) ?? { from: event, lines: new LineAssembler() };
    this.#open.set(key, open);
    for (const line of open.lines.push(event.text)) this.#logLine(event, line);
  }

  #logLine(event: LogEvent, line: string): void {
    const bar = event.stream === "err" ? this.#style("warn", "│") : this.#style("quiet", "│");
    this.#line(event.task, bar, this.#output.isTTY ? forTerminal(line) : line);
  }

  #rest(from: LogEvent, lines: LineAssembler): void {
    const rest = lines.flush();
    if (rest !== undefined) this.#logLine(from, rest);
  }

  #task(change: TaskChange): void {
    const text = taskText(change);
    if (text) {
      this.#line(
        change.task,
        this.#style("quiet", "•"),
        this.#style(stateStyle(change.state), text),
      );
    }
  }

  #line(task: string, bar: string, text: string): void {
    this.#output.write(`${this.#style("strong", task.padEnd(this.#width))} ${bar} ${text}\n`);
  }
}

/** What is said about a task's change; nothing about the steps on the way to its start. */
function taskText({ state, attempt, reason }: TaskChange): string {
  if (state === "blocked" || state === "queued" || state === "starting") return "";
  const because = reason === undefined ? "" : ` (${reason})`;
  if (state === "running") return attempt > 1 ? `running, attempt ${attempt}` : "running";
  if (state === "waiting") return `will be tried again${because}`;
  return `${state.replace("_", " ")}${because}`;
}

/** Colours stay; what would move the cursor or ring does not. A line written over shows its end. */
function forTerminal(line: string): string {
  const shown = line.replace(/\r+$/, "").split("\r").at(-1)!;
  // deno-lint-ignore no-control-regex
  const parts = shown.split(/(\u001b\[[0-9;]*m)/);
  const text = parts.map((part, i) => i % 2 === 1 ? part : harmless(part)).join("");
  return parts.length > 1 ? `${text}\u001b[0m` : text;
}
