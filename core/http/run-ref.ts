import { ErrandError } from "../../protocol/errors.ts";
import type { Run } from "../run/mod.ts";
import { noRun } from "./missing.ts";
import type { RunReader } from "./ports.ts";

/**
 * The run that a reference means: an id, `name` (its last run), `name#42`, `@last`.
 *
 * @throws {ErrandError} `not_found`; `invalid` for what is no reference
 */
export async function findRun(
  runs: RunReader,
  at: { readonly namespace: string; readonly ref: string },
): Promise<Run> {
  const { namespace, ref } = at;
  const id = await idOf(runs, at);
  const run = id === undefined ? undefined : await runs.get(namespace, id);
  if (!run) throw noRun(namespace, ref);
  return run;
}

async function idOf(
  runs: RunReader,
  { namespace, ref }: { readonly namespace: string; readonly ref: string },
): Promise<number | undefined> {
  if (/^\d+$/.test(ref)) {
    const id = Number(ref);
    return Number.isSafeInteger(id) ? id : undefined;
  }
  if (ref === "@last") return await lastId(runs, { namespace });
  const [, name, number] = /^([a-z0-9-]{1,63})(?:#(\d{1,15}))?$/.exec(ref) ?? [];
  if (name === undefined) {
    throw new ErrandError(
      "invalid",
      "this is no run: wanted an id, NAME (its last run), NAME#NUMBER or @last",
    );
  }
  if (number !== undefined) return await runs.idOf(namespace, name, Number(number));
  return await lastId(runs, { namespace, pipeline: name });
}

async function lastId(
  runs: RunReader,
  of: { readonly namespace: string; readonly pipeline?: string },
): Promise<number | undefined> {
  const [last] = await runs.list({ ...of, before: Number.MAX_SAFE_INTEGER, limit: 1 });
  return last?.id;
}
