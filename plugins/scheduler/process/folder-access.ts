import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { TaskUser } from "./task-user.ts";

/** The first folder on the way to `folder`, from the top, that this user may not enter; "" = none. */
export async function closedFolder(folder: string, user: TaskUser): Promise<string> {
  const way: string[] = [];
  for (let at = folder;; at = dirname(at)) {
    way.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const at of way) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return at;
  }
  return "";
}
