import { join, resolve } from "node:path";
import { ErrandError } from "../protocol/errors.ts";
import type { CliProcess } from "./context.ts";

/** The data directory: `--data`, else `ERRAND_DATA`, else the place for this user. Absolute. */
export function dataDirectory(
  flag: string | undefined,
  process: Pick<CliProcess, "env" | "cwd" | "isRoot">,
): string {
  const { ERRAND_DATA, XDG_STATE_HOME, HOME } = process.env;
  if (flag || ERRAND_DATA) return resolve(process.cwd(), flag || ERRAND_DATA!);
  if (process.isRoot) return "/var/lib/errand";
  if (XDG_STATE_HOME) return join(XDG_STATE_HOME, "errand");
  if (HOME) return join(HOME, ".local", "state", "errand");
  throw new ErrandError(
    "invalid",
    "no place for a data directory: neither HOME nor XDG_STATE_HOME is set; give --data DIR",
  );
}
