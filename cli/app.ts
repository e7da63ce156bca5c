import { buildApplication, buildRouteMap, type Command, type RouteMap, run } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { formatRootHelp } from "./help.ts";
import { formatNounHelp } from "./output/command-help.ts";
import { type CommandEntry, COMMANDS, PLURALS } from "./table.ts";
import { cliText } from "./text.ts";

/** Runs one command line, without `node` and the program's name; answers its exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const inputs = moveGlobalFlags(argv);
  if (inputs[0] === "--version") inputs[0] = "version";
  if (inputs[0] === "help") inputs.splice(0, 1, ...inputs.slice(1, 3), "--help");
  const plural = PLURALS[inputs[0] ?? ""];
  if (plural) inputs.splice(0, 1, ...plural);
  delete context.process.exitCode;
  const known = inputs[0] !== undefined && Object.hasOwn(COMMANDS, inputs[0]);
  const app = buildApplication<CliContext>(
    await loadRoutes(known ? { [inputs[0]!]: COMMANDS[inputs[0]!]! } : COMMANDS),
    {
      name: "errand",
      scanner: {
        caseStyle: "allow-kebab-for-camel",
        allowArgumentEscapeSequence: true,
        distanceOptions: {
          threshold: 3,
          weights: { insertion: 1, deletion: 1, substitution: 1, transposition: 1 },
        },
      },
      documentation: { onlyRequiredInUsageLine: true },
      localization: { text: cliText(inputs[0]) },
      determineExitCode: exitCodeOf,
    },
  );
  // the parser keeps an exit code that is already there: each call brings its own process
  await run(app, inputs, context);
  const code = Number(context.process.exitCode ?? 0);
  if (code >= 0) return code;
  return code === PARSER.unknownCommand || code === PARSER.invalidArgument
    ? EXIT.usage
    : EXIT.internal;
}

/** The parser's own exit codes that mean the command line was wrong. */
const PARSER = { unknownCommand: -5, invalidArgument: -4 } as const;

/** The command tree out of the given entries, with their files loaded. */
export async function loadRoutes(
  entries: Readonly<Record<string, CommandEntry>>,
): Promise<RouteMap<CliContext>> {
  const routes = emptyRoutes();
  await Promise.all(
    Object.entries(entries).map(async ([name, entry]) => {
      routes[name] = undefined!; // keeps the table's order, whatever loads first
      routes[name] = "load" in entry
        ? (await entry.load()).command
        : await loadNoun(entry.brief, entry.verbs);
    }),
  );
  const root = buildRouteMap<string, CliContext>({ routes, docs: { brief: "runs errands" } });
  return { ...root, formatHelp: (args) => formatRootHelp(routes, args) };
}

async function loadNoun(
  brief: string,
  verbs: Readonly<Record<string, () => Promise<{ readonly command: Command<CliContext> }>>>,
): Promise<RouteMap<CliContext>> {
  const routes = emptyRoutes();
  for (const [verb, load] of Object.entries(verbs)) routes[verb] = (await load()).command;
  const noun = buildRouteMap<string, CliContext>({ routes, docs: { brief } });
  return { ...noun, formatHelp: (args) => formatNounHelp(noun, args) };
}

/** Without a prototype: `errand constructor` is a command that does not exist, too. */
function emptyRoutes(): Record<string, Command<CliContext> | RouteMap<CliContext>> {
  return Object.create(null);
}

/** Options that may stand before the command: moved behind it, where its parser takes them. */
function moveGlobalFlags(argv: readonly string[]): string[] {
  const inputs = [...argv];
  const moved: string[] = [];
  for (let first = inputs[0]; first !== undefined; first = inputs[0]) {
    if (first === "--json" || /^--(namespace|data)=/.test(first)) {
      moved.push(...inputs.splice(0, 1));
    } else if (["-n", "--namespace", "--data"].includes(first)) moved.push(...inputs.splice(0, 2));
    else break;
  }
  const escape = inputs.indexOf("--");
  inputs.splice(escape < 0 ? inputs.length : escape, 0, ...moved);
  return inputs;
}
