import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from "@stricli/core";
import { ErrandError } from "../protocol/errors.ts";

/** What the argument parser says, in our words. `command` is the first word of the command line. */
export function cliText(command: string | undefined): ApplicationText {
  const help = command === undefined || command.startsWith("-")
    ? "errand --help"
    : `errand ${command} --help`;
  return {
    ...text_en,
    briefs: {
      ...text_en.briefs,
      help: "print this and exit",
      argumentEscapeSequence: "what follows are arguments, not options",
    },
    noCommandRegisteredForInput: ({ input, corrections }) =>
      `errand: no command ${quote(input)}${didYouMean(corrections.map(unquote))}: ` +
      "`errand --help` lists them",
    exceptionWhileParsingArguments: (reason) =>
      `errand: ${parsingMessage(reason)}; \`${help}\` shows what it takes`,
    exceptionWhileLoadingCommandFunction: (reason) => failure(reason),
    exceptionWhileLoadingCommandContext: (reason) => failure(reason),
    exceptionWhileRunningCommand: (reason) => failure(reason),
    commandErrorResult: (reason) => failure(reason),
  };
}

/** One sentence for what a user can act upon; the whole stack for a fault of ours. */
export function failure(reason: unknown): string {
  if (reason instanceof ErrandError && reason.code !== "internal") {
    return `errand: ${reason.message}`;
  }
  const detail = reason instanceof Error ? reason.stack ?? reason.message : String(reason);
  return `errand: a fault of errand's own, please report it: ${detail}`;
}

function parsingMessage(reason: unknown): string {
  if (!(reason instanceof ArgumentScannerError)) return messageOf(reason);
  return formatMessageForArgumentScannerError(reason, {
    FlagNotFoundError: ({ input, corrections }) =>
      `no option --${input}${didYouMean(corrections.map((name) => `--${name}`))}`,
    AliasNotFoundError: ({ input }) => `no option -${input}`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder, exception }) =>
      `${externalFlagNameOrPlaceholder}: ${messageOf(exception)}`,
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `--${externalFlagName}: wanted one of ${values.join(" ")}, found ${quote(input)}`,
    UnexpectedFlagError: ({ externalFlagName, previousInput, input }) =>
      `--${externalFlagName} stands twice: ${quote(previousInput)} and ${quote(input)}`,
    UnexpectedPositionalError: ({ input }) => `one argument too many: ${quote(input)}`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} wants a value`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing`,
  });
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length > 0 ? ` (did you mean ${corrections.join(" or ")}?)` : "";
}

function unquote(text: string): string {
  return text.replaceAll("`", "");
}

function quote(text: string): string {
  return JSON.stringify(text);
}
