import type { Command, RouteMap } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { EXIT_MEANINGS } from "./exit-code.ts";
import { formatExamples, formatRows, section } from "./output/command-help.ts";
import { COMMAND_GROUPS } from "./table.ts";

type HelpArguments = Parameters<RouteMap<CliContext>["formatHelp"]>[0];

/** What `errand` and `errand --help` print. */
export function formatRootHelp(
  routes: Readonly<Record<string, Command<CliContext> | RouteMap<CliContext>>>,
  args: HelpArguments,
): string {
  const groups = COMMAND_GROUPS.map(({ title, commands }) =>
    section(
      args,
      title,
      formatRows(commands.map((name) => [name.padEnd(WIDEST), routes[name]?.brief ?? ""])),
    )
  );
  return [
    section(args, "USAGE", "  errand COMMAND [OPTIONS]\n"),
    "Runs errands: short pieces of work, when you say so.\n",
    ...groups,
    section(args, "OPTIONS OF MOST COMMANDS", formatRows(COMMON_OPTIONS)),
    section(args, "THE SERVER", THE_SERVER),
    section(
      args,
      "EXIT CODES",
      EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}\n`).join(
        "",
      ) +
        "  `errand do` passes the exit code of its command on.\n",
    ),
    section(
      args,
      "EXAMPLES",
      formatExamples([
        ["errand demo", "see it work"],
        ["errand dev --param name=you", "run the pipeline in ./errand.yaml here and now"],
      ]),
    ),
  ].join("\n");
}

const WIDEST = Math.max(...COMMAND_GROUPS.flatMap(({ commands }) => commands.map((c) => c.length)));

const COMMON_OPTIONS = [
  ["-n --namespace NAME", "the namespace (ERRAND_NAMESPACE, else default)"],
  ["   --data DIR", "find the server of this data directory (ERRAND_DATA)"],
  ["   --json", "print stable JSON for programs on stdout, everything else on stderr"],
  ["-h --help", "print help, also of one command"],
] as const;

const THE_SERVER =
  `  Commands find it by ERRAND_URL and ERRAND_TOKEN, else by the files that a running
  \`errand serve\` keeps in its data directory.
`;
