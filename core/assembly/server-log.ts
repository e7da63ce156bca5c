import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
} from "@logtape/logtape";
import process from "node:process";

/** The server's own log: one line an entry on standard error. */
export interface ServerLog {
  write(
    level: "debug" | "info" | "warning" | "error",
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ): void;
}

/** Opens the log of this process. `silent` for an engine whose owner prints for itself. */
export function openServerLog(options: {
  readonly format: "text" | "json" | "silent";
  readonly level: "debug" | "info" | "warning" | "error";
}): ServerLog {
  if (options.format === "silent") return { write: () => {} };
  const format = options.format === "json"
    ? getJsonLinesFormatter()
    : getTextFormatter({ timestamp: "rfc3339", category: "." });
  configureSync({
    reset: true,
    sinks: { stderr: (record: LogRecord) => void process.stderr.write(format(record)) },
    loggers: [
      { category: "errand", lowestLevel: options.level as LogLevel, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
  const logger = getLogger("errand");
  return {
    write(level, message, fields) {
      const text = Object.keys(fields).length === 0 || options.format === "json"
        ? message
        : `${message} (${Object.entries(fields).map(([k, v]) => `${k}: ${v}`).join(", ")})`;
      // not a template: braces in a message are its own
      logger[level](text.replaceAll("{", "{{").replaceAll("}", "}}"), { ...fields });
    },
  };
}
