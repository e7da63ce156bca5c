import type { FlagParametersForType } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { ErrandError } from "../protocol/errors.ts";

/** The options of every command that talks to a server. */
export type ServerFlags = {
  readonly namespace?: string;
  readonly data?: string;
  readonly json: boolean;
};

/** Their definitions. */
export const serverFlags: FlagParametersForType<ServerFlags, CliContext> = {
  namespace: {
    kind: "parsed",
    parse: parseName,
    optional: true,
    brief: "the namespace (ERRAND_NAMESPACE, else default)",
    placeholder: "NAME",
  },
  data: dataFlag("find the server of this data directory (ERRAND_DATA)"),
  json: jsonFlag(),
};

/** Their short forms. */
export const serverAliases = { n: "namespace" } as const;

/** The option `--data DIR`. */
export function dataFlag(brief: string) {
  return { kind: "parsed", parse: String, optional: true, brief, placeholder: "DIR" } as const;
}

/** The option `--json`. */
export function jsonFlag() {
  return {
    kind: "boolean",
    default: false,
    withNegated: false,
    brief: "print stable JSON for programs",
  } as const;
}

/** An option that is on or off, off by default. */
export function switchFlag(brief: string) {
  return { kind: "boolean", default: false, withNegated: false, brief } as const;
}

/** The option `--param name=value`, repeatable. */
export const paramFlag = {
  kind: "parsed",
  parse: parseAssignment,
  variadic: true,
  optional: true,
  brief: "the value of a parameter",
  placeholder: "NAME=VALUE",
} as const;

/** `name=value` in two. */
export function parseAssignment(input: string): readonly [name: string, value: string] {
  const at = input.indexOf("=");
  if (at < 1) throw new ErrandError("invalid", `wanted NAME=VALUE, found ${JSON.stringify(input)}`);
  return [input.slice(0, at), input.slice(at + 1)];
}

/** A name of a namespace, pipeline or task of a pipeline file. */
export function parseName(input: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(input)) return input;
  throw new ErrandError(
    "invalid",
    `wanted a name of a-z 0-9 - with at most 63 characters, found ${JSON.stringify(input)}`,
  );
}
