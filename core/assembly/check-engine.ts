import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ErrandError } from "../../protocol/errors.ts";
import { openStore } from "../store/mod.ts";
import { checkBuiltIns } from "./check-built-ins.ts";

/** What a check found. */
export interface EngineFinding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Whether the database is whole and the built-in plugins can run here. Changes nothing. */
export async function checkEngine(
  options: { readonly dataDir: string },
): Promise<readonly EngineFinding[]> {
  return [
    await checkDatabase(join(options.dataDir, "errand.db")),
    ...await checkBuiltIns(),
  ];
}

async function checkDatabase(path: string): Promise<EngineFinding> {
  const check = "database";
  if (!await stat(path).catch(() => undefined)) {
    return { check, state: "ok", message: "there is none yet: the first start makes it" };
  }
  try {
    const store = await openStore({ path, readOnly: true });
    try {
      const wrong = await store.check();
      if (wrong.length === 0) return { check, state: "ok", message: "it is whole" };
      const advice = "stop the server and put a backup in its place";
      return { check, state: "fail", message: wrong.slice(0, 3).join("; "), advice };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { check, state: "fail", message: ErrandError.from(error).message };
  }
}
