import type { LogEvent } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";

/** A line that is longer is written before its end is known: memory stays bounded. */
const MAX_HELD = 64 * 1024;

/**
 * Writes logs as they were written: the text of both streams to standard output, a line of one never
 * inside a line of the other (unless it is very long); the server's own messages to standard error.
 */
export class LogPrinter {
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #prefixed: boolean;
  /** Begun lines by task, attempt and stream. */
  readonly #held = new Map<string, Held>();
  /** Whose line is written in part. */
  #inLineOf: string | undefined;

  /** `prefixed`: each line begins with its task's name. */
  constructor(
    process: { readonly stdout: Output; readonly stderr: Output },
    options: { readonly prefixed: boolean },
  ) {
    this.#stdout = process.stdout;
    this.#stderr = process.stderr;
    this.#prefixed = options.prefixed;
  }

  print(event: LogEvent): void {
    if (event.stream === "marker") {
      this.#stderr.write(`errand: ${event.task}: ${event.text.trimEnd()}\n`);
      return;
    }
    const key = `${event.task}\n${event.attempt}\n${event.stream}`;
    const held = this.#held.get(key) ?? { task: event.task, parts: [], length: 0 };
    this.#held.set(key, held);
    const end = event.text.lastIndexOf("\n") + 1;
    if (end > 0) {
      held.parts.push(event.text.slice(0, end));
      this.#write(key, held);
    }
    const rest = event.text.slice(end);
    held.parts.push(rest);
    held.length += rest.length;
    if (held.length > MAX_HELD) this.#write(key, held);
  }

  /** Writes what is left of lines without an end. */
  end(): void {
    for (const [key, held] of this.#held) {
      if (held.length > 0) this.#write(key, held);
    }
    this.#held.clear();
    // a prompt does not begin behind a last line without an end; a file gets the exact bytes
    if (this.#inLineOf !== undefined && this.#stdout.isTTY) this.#stdout.write("\n");
  }

  #write(key: string, held: Held): void {
    const text = held.parts.join("");
    held.parts = [];
    held.length = 0;
    let out = "";
    if (this.#inLineOf !== undefined && this.#inLineOf !== key) out = "\n";
    const prefix = this.#prefixed ? `${held.task} | ` : "";
    if (this.#inLineOf !== key) out += prefix;
    out += prefix ? text.replace(/\n(?=[^])/g, `\n${prefix}`) : text;
    this.#inLineOf = text.endsWith("\n") ? undefined : key;
    this.#stdout.write(out);
  }
}

interface Held {
  readonly task: string;
  parts: string[];
  length: number;
}
