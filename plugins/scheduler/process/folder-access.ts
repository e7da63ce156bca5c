import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { KEEP_USER, type TaskUser } from "./task-user.ts";

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

/** Makes the folder in which tasks make their output files: nobody but them may, and none may list it. */
export async function prepareOutputs(folder: string, user: TaskUser): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user.uid === KEEP_USER) return await chmod(folder, 0o700);
  await chown(folder, 0, user.gid);
  await chmod(folder, 0o1730);
}
