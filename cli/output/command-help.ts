import type { Command, RouteMap } from "@stricli/core";
import type { CliContext } from "../context.ts";

type HelpArguments = Parameters<Command<CliContext>["formatHelp"]>[0];
type Row = readonly [left: string, right: string];
/** What somebody would type, with what it does. */
export type Example = readonly [line: string, meaning: string];

/** The help of one command. */
export function formatCommandHelp(
  command: Command<CliContext>,
  examples: readonly Example[],
  args: HelpArguments,
): string {
  const { positional } = command.parameters;
  const parameters = positional?.kind === "array"
    ? [{ ...positional.parameter, many: true }]
    : positional?.parameters ?? [];
  const shown = parameters.map((parameter): Row => {
    const name = `${parameter.placeholder}${"many" in parameter ? "..." : ""}`;
    return [parameter.optional ? `[${name}]` : name, parameter.brief];
  });
  const usage = [...args.prefix, "[OPTIONS]", ...shown.map(([name]) => name)].join(" ");
  return section(args, "USAGE", `  ${usage}\n`) +
    `\n${wrap(command.fullDescription ?? command.brief, WIDTH)}\n` +
    (shown.length > 0 ? `\n${section(args, "ARGUMENTS", formatRows(shown))}` : "") +
    `\n${section(args, "OPTIONS", formatRows(optionRows(command)))}` +
    `\n${section(args, "EXAMPLES", formatExamples(examples))}`;
}

/** The help of a noun: its verbs. */
export function formatNounHelp(noun: RouteMap<CliContext>, args: HelpArguments): string {
  const prefix = args.prefix.join(" ");
  const rows = noun.getAllEntries().map(({ name, target }): Row => [name.original, target.brief]);
  return section(args, "USAGE", `  ${prefix} VERB [OPTIONS]\n`) + `\n${noun.brief}\n` +
    `\n${section(args, "VERBS", formatRows(rows))}` +
    `\n${
      section(
        args,
        "EXAMPLES",
        formatExamples([[`${prefix} ${rows[0]?.[0]} --help`, "what it takes"]]),
      )
    }`;
}

/** A heading and what stands below it. */
export function section(
  { ansiColor }: { readonly ansiColor: boolean },
  title: string,
  body: string,
): string {
  return `${ansiColor ? `\x1b[1m${title}\x1b[22m` : title}\n${body}`;
}

/** Examples, each with its meaning below it. */
export function formatExamples(examples: readonly Example[]): string {
  return examples.map(([line, meaning]) => `  ${line}\n      ${meaning}\n`).join("");
}

/** Two columns; what does not fit into the right one goes on below it. */
export function formatRows(rows: readonly Row[]): string {
  const left = Math.max(...rows.map(([text]) => text.length));
  return rows.map(([text, meaning]) => {
    const [first = "", ...more] = wrap(meaning, WIDTH - left - 4).split("\n");
    const below = more.map((line) => `${" ".repeat(left + 4)}${line}\n`);
    return `  ${text.padEnd(left)}  ${first}\n${below.join("")}`;
  }).join("");
}

const WIDTH = 88;

function optionRows({ parameters }: Command<CliContext>): readonly Row[] {
  const { flags = {}, aliases = {} } = parameters;
  const rows = Object.entries(flags).map(([name, flag]): Row => {
    const short = Object.entries(aliases).find(([, target]) => target === name)?.[0];
    const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const value = flag.kind === "enum" ? " STATE" : flag.placeholder ? ` ${flag.placeholder}` : "";
    const many = "variadic" in flag && flag.variadic ? " (repeatable)" : "";
    const choices = flag.kind === "enum" ? `: ${flag.values.join(", ")}` : "";
    const standard = flag.kind === "parsed" && flag.default !== undefined
      ? `; default ${flag.default}`
      : "";
    return [
      `${short ? `-${short}` : "  "} ${long}${value}`,
      flag.brief + choices + standard + many,
    ];
  });
  return [...rows, ["-h --help", "print this and exit"]];
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].join("\n");
}
