import { readFile } from "node:fs/promises";
import process from "node:process";

/** Who a task runs as; {@link KEEP_USER} = as the server. */
export interface TaskUser {
  readonly uid: number;
  readonly gid: number;
}

/** What the launcher takes for "stay who you are". */
export const KEEP_USER = 0xffff_ffff;

const SAME: TaskUser = { uid: KEEP_USER, gid: KEEP_USER };

/** Runs get uids from here on by default; no account of a distribution is among them. */
const FIRST_RUN_UID = 1_073_741_824;
const RUN_UIDS = 1_073_741_824;

/** Who each attempt runs as. */
export interface TaskUsers {
  /** Somebody else than the server. */
  readonly switched: boolean;
  /** Everybody's account; undefined = each run has one of its own. */
  readonly shared: TaskUser | undefined;
  of(attemptId: string): TaskUser;
}

/**
 * Reads `runAs`: `self`, `root`, a uid, `uid:gid`, or the name of an account of /etc/passwd, for
 * every task. Undefined = a uid and gid of its own for each run when the server is root, else `self`.
 *
 * @throws {Error} a sentence, when it cannot be done.
 */
export async function taskUsers(runAs: string | undefined): Promise<TaskUsers> {
  const own = process.getuid?.() ?? KEEP_USER;
  if (runAs === undefined && own === 0) {
    await checkMapped();
    return { switched: true, shared: undefined, of: userOfRun };
  }
  const user = runAs === undefined ? SAME : await taskUser(runAs, own);
  return { switched: user.uid !== KEEP_USER, shared: user, of: () => user };
}

/** The account of a run, by the first part of its attempts' ids: different runs are strangers. */
export function userOfRun(attemptId: string): TaskUser {
  const run = BigInt(attemptId.split("-", 1)[0]!);
  const uid = FIRST_RUN_UID + Number(run % BigInt(RUN_UIDS));
  return { uid, gid: uid };
}

/** In a user namespace root may not have these uids to give. */
async function checkMapped(): Promise<void> {
  for (const name of ["uid_map", "gid_map"]) {
    const text = await readFile(`/proc/self/${name}`, "utf8").catch(() => "");
    const ranges = text.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    const end = FIRST_RUN_UID + RUN_UIDS;
    const isMapped = ([from = 0, , count = 0]: readonly number[]) =>
      from <= FIRST_RUN_UID && from + count >= end;
    if (text !== "" && !ranges.some(isMapped)) {
      throw new Error(
        `runs get uids from ${FIRST_RUN_UID} to ${
          end - 1
        } of their own, which this user namespace ` +
          `does not have (/proc/self/${name}): map them, or name an account with "runAs"`,
      );
    }
  }
}

async function taskUser(runAs: string, own: number): Promise<TaskUser> {
  if (runAs === "self") return SAME;
  const wanted = await lookUp(runAs);
  if (wanted.uid === own && (own === 0 || wanted.gid === process.getgid?.())) return SAME;
  if (own !== 0) {
    throw new Error(
      `only a server that runs as root can run tasks as ${runAs}: start it as root, or use "self"`,
    );
  }
  return wanted;
}

async function lookUp(runAs: string): Promise<TaskUser> {
  if (runAs === "root") return { uid: 0, gid: 0 };
  const numbers = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(runAs);
  if (numbers) return { uid: Number(numbers[1]), gid: Number(numbers[2] ?? numbers[1]) };
  const text = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = text.split("\n").map((line) => line.split(":")).find(([name]) => name === runAs);
  if (!fields) throw new Error(`there is no account "${runAs}" in /etc/passwd: use uid:gid`);
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
