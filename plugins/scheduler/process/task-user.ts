import { readFile } from "node:fs/promises";
import process from "node:process";

/** Who a task runs as; {@link KEEP_USER} = as the server. */
export interface TaskUser {
  readonly uid: number;
  readonly gid: number;
}

/** What the launcher takes for "stay who you are". */
export const KEEP_USER = 0xffff_ffff;

/** Nobody's uid by default: no account of a distribution has it. */
const TASK_UID = 65_532;

const SAME: TaskUser = { uid: KEEP_USER, gid: KEEP_USER };

/**
 * Reads `runAs`: `self`, `root`, a uid, `uid:gid`, or the name of an account of /etc/passwd.
 * Undefined = uid and gid 65532 when the server is root, else `self`.
 *
 * @throws {Error} a sentence, when it cannot be done.
 */
export async function taskUser(runAs: string | undefined): Promise<TaskUser> {
  const own = process.getuid?.() ?? KEEP_USER;
  if (runAs === undefined) return own === 0 ? { uid: TASK_UID, gid: TASK_UID } : SAME;
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
