import { runCli } from "../../../../cli/app.ts";
import type { CliContext, Output } from "../../../../cli/context.ts";
import { EXIT_MEANINGS } from "../../../../cli/exit-code.ts";
import { COMMAND_GROUPS, COMMANDS } from "../../../../cli/table.ts";
import { anchor, fence, page, table } from "./markdown.ts";

/** `cli.md`: what `--help` prints, of every command. */
export async function cliPage(): Promise<string> {
  const commands = COMMAND_GROUPS.flatMap(({ commands }) => commands).flatMap(lines);
  const parts: string[] = [];
  for (const line of commands) {
    parts.push(`## errand ${line.join(" ")}`, fence(await help(line)));
  }
  return page("Commands", "the commands' own `--help`", [
    "In a clone, `npm run -s errand -- ARGS` is `errand ARGS`.",
    commands.map((line) => {
      const name = `errand ${line.join(" ")}`;
      return `* [\`${name}\`](#${anchor(name)})`;
    }).join("\n"),
    "## Exit codes",
    table(["code", "meaning"], EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    "`errand do` passes the exit code of its command on.",
    ...parts,
  ]);
}

/** A verb, or each verb of a noun. */
function lines(name: string): readonly (readonly string[])[] {
  const entry = COMMANDS[name]!;
  return "load" in entry ? [[name]] : Object.keys(entry.verbs).map((verb) => [name, verb]);
}

async function help(line: readonly string[]): Promise<string> {
  let text = "";
  const stdout = output((chunk) => text += chunk);
  const context: CliContext = {
    process: {
      stdout,
      stderr: output((chunk) => text += chunk),
      stdin: { isTTY: false, readText: nothing, readLine: nothing },
      env: {},
      runtime: "node",
      isRoot: false,
      cwd: () => "/",
      onInterrupt: () => () => {},
      exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    },
    // help opens no door
    ports: {} as CliContext["ports"],
  };
  const code = await runCli([...line, "--help"], context);
  if (code !== 0) throw new Error(`errand ${line.join(" ")} --help exits with ${code}: ${text}`);
  return text;
}

function nothing(): Promise<string> {
  return Promise.resolve("");
}

function output(write: (text: string) => void): Output {
  return {
    write: (chunk) => write(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk)),
    drained: () => Promise.resolve(),
    isTTY: false,
    columns: 88,
    color: false,
    getColorDepth: () => 1,
  };
}
