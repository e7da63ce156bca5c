import { ErrandError, type ErrorCode } from "../../protocol/errors.ts";

/** What the driver says of a failure: the fields of its error, whichever of its classes that is. */
export interface DriverFailure {
  /** `SQLITE_…` */
  readonly code: string;
  /** The finer code, such as `SQLITE_CONSTRAINT_UNIQUE`; "" when the driver has none. */
  readonly extended: string;
  /** Which statement of a batch; undefined = not in a batch, or its commit. */
  readonly statement: number | undefined;
  readonly message: string;
}

/** What the driver says, or undefined when the error is not the driver's. */
export function driverFailure(error: unknown): DriverFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, extendedCode, statementIndex } = error as Error & {
    readonly code?: unknown;
    readonly extendedCode?: unknown;
    readonly statementIndex?: unknown;
  };
  if (typeof code !== "string" || !code.startsWith("SQLITE_")) return undefined;
  return {
    code,
    extended: typeof extendedCode === "string" ? extendedCode : "",
    statement: typeof statementIndex === "number" ? statementIndex : undefined,
    // the driver says the code twice before it comes to the point
    message: error.message.replace(/^(?:SQLITE_\w+: )+/, ""),
  };
}

/** True when there was no room to write, or the file system takes no writes: nothing was written. */
export function isNoSpace({ code, extended }: DriverFailure): boolean {
  return code === "SQLITE_FULL" || code === "SQLITE_READONLY" ||
    extended === "SQLITE_IOERR_SHMSIZE";
}

/** One sentence that says what is wrong with the database at `path` and what to do. */
export function storageError(error: unknown, path: string): ErrandError {
  if (error instanceof ErrandError) return error;
  const failure = driverFailure(error);
  const system = (error as NodeJS.ErrnoException | undefined)?.code;
  const [code, message] = SENTENCES[failure?.code ?? system ?? ""] ??
    ["internal", `the database %: ${error instanceof Error ? error.message : String(error)}`];
  const text = failure && isNoSpace(failure) && failure.code !== "SQLITE_READONLY"
    ? SENTENCES["SQLITE_FULL"]![1]
    : message;
  return new ErrandError(code, text.replace("%", path), {
    cause: error,
    facts: { path, ...(failure ? { sqlite: failure.extended || failure.code } : {}) },
  });
}

type Sentence = readonly [ErrorCode, string];

const NO_PERMISSION: Sentence = [
  "denied",
  "cannot open % for writing: give this user write permission there, or choose another directory with --data",
];
const NO_SPACE: Sentence = [
  "full",
  "no space left on the device for %: free some; nothing was lost and work goes on by itself",
];
const LOCKED: Sentence = [
  "unavailable",
  "another program holds a lock on %: close it and try again",
];

const NO_FOLDER: Sentence = [
  "invalid",
  "a file is in the way of %: choose another directory with --data",
];

const SENTENCES: Readonly<Record<string, Sentence>> = {
  SQLITE_CANTOPEN: NO_PERMISSION,
  SQLITE_PERM: NO_PERMISSION,
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: NO_PERMISSION,
  SQLITE_READONLY: ["full", "% cannot be written: its file system is read-only now"],
  SQLITE_FULL: NO_SPACE,
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  SQLITE_BUSY: LOCKED,
  SQLITE_LOCKED: LOCKED,
  SQLITE_NOTADB: [
    "corrupt",
    "% is not a database: move that file away, or choose another directory with --data",
  ],
  SQLITE_CORRUPT: ["corrupt", "the database % is damaged: restore a backup of it"],
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
};
