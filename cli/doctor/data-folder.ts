import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Finding } from "./finding.ts";

/** Can the data directory be used, and do the tasks reach their workspaces in it? */
export async function checkDataFolder(
  folder: string,
  user: { readonly isRoot: boolean },
): Promise<readonly Finding[]> {
  const check = "data directory";
  const found = await statOf(folder);
  if (!found) {
    const parent = await nearestParent(folder);
    const writable = await isWritable(parent);
    return [
      writable
        ? { check, state: "ok", message: `${folder} is not there yet; \`errand serve\` makes it` }
        : {
          check,
          state: "fail",
          message: `${folder} is not there, and this user may not make it in ${parent}`,
          advice: "choose another with --data or ERRAND_DATA, or change the owner of that folder",
        },
      ...(user.isRoot ? await checkParents(folder) : []),
    ];
  }
  if (!found.isDirectory()) {
    const advice = "choose another with --data or ERRAND_DATA";
    return [{ check, state: "fail", message: `${folder} is not a folder`, advice }];
  }
  if (!await isWritable(folder)) {
    return [{
      check,
      state: "fail",
      message: `${folder} is not writable by this user`,
      advice: "run as its owner, or choose another with --data or ERRAND_DATA",
    }];
  }
  const open = (found.mode & 0o077 & ~(user.isRoot ? 0o011 : 0)) !== 0;
  return [
    open
      ? {
        check,
        state: "warn",
        message: `${folder} is open to other users (mode ${octal(found.mode)})`,
        advice: `chmod ${user.isRoot ? "711" : "700"} ${folder}`,
      }
      : { check, state: "ok", message: folder },
    ...(user.isRoot ? await checkParents(folder) : []),
  ];
}

/** As root, tasks run under another uid: it must be able to go through every folder on the way. */
async function checkParents(folder: string): Promise<readonly Finding[]> {
  const closed: string[] = [];
  for (let at = dirname(folder);; at = dirname(at)) {
    const found = await statOf(at);
    if (found && (found.mode & 0o001) === 0) closed.unshift(at);
    if (at === dirname(at)) break;
  }
  const check = "path to workspaces";
  if (closed.length === 0) {
    return [{ check, state: "ok", message: "open to the user that tasks run as" }];
  }
  return [{
    check,
    state: "fail",
    message: `${closed.join(", ")} ${closed.length === 1 ? "is" : "are"} closed to the user that ` +
      "tasks run as",
    advice: "choose a data directory elsewhere with --data, or `chmod o+x` what is named",
  }];
}

async function nearestParent(folder: string): Promise<string> {
  let at = dirname(folder);
  while (!await statOf(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function isWritable(path: string): Promise<boolean> {
  return await access(path, constants.W_OK | constants.X_OK).then(() => true, () => false);
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
