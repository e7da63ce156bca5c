import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { TaskUser, TaskUsers } from "./task-user.ts";

/**
 * The first folder on the way to `folder`, from the top, that this user may not enter; "" = none.
 * Undefined = a user whom nothing belongs to.
 */
export async function closedFolder(folder: string, user: TaskUser | undefined): Promise<string> {
  const way: string[] = [];
  for (let at = folder;; at = dirname(at)) {
    way.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const at of way) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === user?.uid ? 0o100 : gid === user?.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return at;
  }
  return "";
}

/** Makes the folder of output files: tasks may open what is theirs in it, and neither list nor make. */
export async function prepareOutputs(folder: string, users: TaskUsers): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (users.switched) await chown(folder, 0, 0);
  await chmod(folder, users.switched ? 0o711 : 0o700);
}
