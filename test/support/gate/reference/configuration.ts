import { DATA_VARIABLE, SCALARS } from "../../../../core/config/settings.ts";
import { fence, page, table } from "./markdown.ts";

/** What each setting does, for people. */
const MEANINGS: Readonly<Record<string, string>> = {
  listen: "Where the API listens. Port 0 picks a free one. Also `--listen`.",
  allowRemote: "Listening beyond this machine is refused unless this is true: there is no " +
    "encryption yet.",
  slots: "Attempts at once on this machine. Also `--slots`.",
  logFormat: "How the server writes its own log, on standard error.",
  logLevel: "From which level on it writes.",
  "retention.runs": "Ended runs of a pipeline that are kept; 0 = all.",
  "retention.age": "How long they are kept; `0s` = for ever.",
  maxLogBytes: "What one attempt may write to its log; what is more is dropped, with a marker.",
};

/** Defaults that are not the same everywhere. */
const DEFAULTS: Readonly<Record<string, string>> = { slots: "the number of cores" };

/** `configuration.md`: every setting. Throws when one has no meaning here. */
export function configurationPage(): string {
  const rows = SCALARS.map(({ name, variable, kind, initial }) => {
    const meaning = MEANINGS[name];
    if (meaning === undefined) throw new Error(`say what the setting ${name} does`);
    const value = DEFAULTS[name] ?? `\`${kind.show(initial())}\``;
    return [`\`${name}\``, `\`${variable}\``, value, kind.wanted, meaning];
  });
  return page("Settings", "`core/config/settings.ts`", [
    "A setting comes from an option of `errand serve`, else from the environment, else from " +
    "`server.yaml` in the data directory, else it has its default. `errand config` prints each " +
    "with its value and where that came from. An unknown key or a wrong value keeps the server " +
    "from starting, and is said in one sentence.",
    table(["setting", "variable", "default", "wanted", "meaning"], rows),
    `The data directory itself is \`--data DIR\`, else \`${DATA_VARIABLE}\`, else ` +
    "`/var/lib/errand` for root and `~/.local/state/errand` for others.",
    "A dot in a name is a level in the file:",
    fence("slots: 8\nretention:\n  runs: 500\n  age: 30d", "yaml"),
    "Secrets of the `env` secret store are read from `ERRAND_SECRET_<NAME>`: the name in upper " +
    "case, with `_` for `-`.",
  ]);
}
