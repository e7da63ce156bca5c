import process from "node:process";
import type { Finding } from "./finding.ts";

/** What an Errand of this version runs on. */
const NEEDED = { node: [24, 0], deno: [2, 9] } as const;

/** Is the runtime new enough? */
export function checkRuntime(
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): readonly Finding[] {
  const name = versions["deno"] === undefined ? "node" : "deno";
  const version = versions[name] ?? "unknown";
  const needed = NEEDED[name];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const message = `${name === "deno" ? "Deno" : "Node"} ${version}`;
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
    return [{ check: "runtime", state: "ok", message }];
  }
  return [{
    check: "runtime",
    state: "fail",
    message,
    advice: `install version ${needed.join(".")} or newer; in a clone \`npm ci\` brings one`,
  }];
}
