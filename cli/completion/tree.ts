import type { Command, RouteMap } from "@stricli/core";
import type { CliContext } from "../context.ts";

/** A command, or a noun with commands, as completion sees it. */
export interface CompletionNode {
  /** `/` for `errand` itself, `/pipeline/list` for `errand pipeline list`. */
  readonly route: string;
  readonly brief: string;
  readonly children: readonly CompletionNode[];
  readonly options: readonly CompletionOption[];
  /** What its arguments may be; a file where `files` is true. */
  readonly values: readonly string[];
  readonly files: boolean;
}

/** An option. */
export interface CompletionOption {
  /** `--state` */
  readonly name: string;
  /** `-s`; "" = none. */
  readonly short: string;
  readonly brief: string;
  /** `none`: it stands alone. */
  readonly takes: "none" | "text" | "folder" | "file";
  readonly values: readonly string[];
}

/** The whole command tree. */
export async function loadCompletionTree(
  root: RouteMap<CliContext>,
  context: CliContext,
): Promise<CompletionNode> {
  return await nodeOf({ route: "/", target: root }, context);
}

async function nodeOf(
  at: { readonly route: string; readonly target: Command<CliContext> | RouteMap<CliContext> },
  context: CliContext,
): Promise<CompletionNode> {
  const { route, target } = at;
  if (!("parameters" in target)) {
    const children = await Promise.all(
      target.getAllEntries().map(({ name, target }) =>
        nodeOf({ route: `${route.replace(/\/$/, "")}/${name.original}`, target }, context)
      ),
    );
    const { brief } = target;
    return { route, brief, children, options: [HELP], values: [], files: false };
  }
  const { flags = {}, aliases = {}, positional } = target.parameters;
  const parameters = positional?.kind === "tuple" ? positional.parameters : [];
  const values = await Promise.all(
    parameters.map((parameter) => parameter.proposeCompletions?.call(context, "") ?? []),
  );
  const options = Object.entries(flags).map(([flag, definition]) => ({
    name: `--${kebab(flag)}`,
    short: shortOf(flag, aliases),
    brief: definition.brief,
    takes: takes(definition),
    values: definition.kind === "enum" ? definition.values : [],
  }));
  return {
    route,
    brief: target.brief,
    children: [],
    options: [...options, HELP],
    values: values.flat(),
    files: parameters.some(({ placeholder }) => placeholder?.startsWith("FILE")),
  };
}

const HELP: CompletionOption = {
  name: "--help",
  short: "-h",
  brief: "print help",
  takes: "none",
  values: [],
};

function takes(
  flag: { readonly kind: string; readonly placeholder?: string },
): CompletionOption["takes"] {
  if (flag.kind === "boolean" || flag.kind === "counter") return "none";
  if (flag.placeholder === "DIR") return "folder";
  return flag.placeholder === "FILE" ? "file" : "text";
}

function shortOf(flag: string, aliases: Readonly<Partial<Record<string, string>>>): string {
  const found = Object.entries(aliases).find(([, name]) => name === flag);
  return found ? `-${found[0]}` : "";
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
