import { ErrandError, type ErrorCode } from "../protocol/errors.ts";

/** What the operating system refused, with the code it stands for and what to do. */
const CONDITIONS: Readonly<Record<string, readonly [code: ErrorCode, advice: string]>> = {
  EADDRINUSE: ["conflict", "the address is in use: choose another with --listen, or port 0"],
  EADDRNOTAVAIL: ["invalid", "this machine has no such address: choose another with --listen"],
  EACCES: ["denied", "this user has no permission: choose another --data, or change its owner"],
  EPERM: ["denied", "this user has no permission: choose another --data, or change its owner"],
  EROFS: ["denied", "the disk is read-only: choose another --data"],
  ENOSPC: ["full", "the disk is full: make room"],
  EDQUOT: ["full", "the disk quota is used up: make room"],
  EMFILE: ["exhausted", "too many files are open: raise the limit (ulimit -n)"],
};

/** An error of the operating system as one sentence; any other passes through. */
export function namedSystemError(reason: unknown, wanted: string): unknown {
  if (reason instanceof ErrandError || !(reason instanceof Error)) return reason;
  const { code, path } = reason as NodeJS.ErrnoException;
  const condition = code === undefined ? undefined : CONDITIONS[code];
  if (!condition) return reason;
  const place = path === undefined || wanted.includes(path) ? "" : ` (${path})`;
  return new ErrandError(condition[0], `${wanted}${place}: ${condition[1]}`, { cause: reason });
}
