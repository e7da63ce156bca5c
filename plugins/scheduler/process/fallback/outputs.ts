import { Buffer } from "node:buffer";
import {
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { KEEP_USER } from "../task-user.ts";

/** As in launcher/output.h. */
export const MAX_OUTPUT = 1_048_576;
const OUTPUT_NAME = ".errand-output-";
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAKE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Where an attempt writes its outputs. */
export interface OutputPlace {
  readonly path: string;
  /** Whose the file has to be; {@link KEEP_USER} = anybody's. */
  readonly uid: number;
}

/** What tasks write to $ERRAND_OUTPUT: launcher/output.h says how. */
export class Outputs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says where the file is to be, and makes it where the task could not. */
  prepare(id: string, workspace: string, user: { readonly uid: number; readonly gid: number }) {
    const path = join(workspace === "" ? this.#folder : workspace, `${OUTPUT_NAME}${id}`);
    if (workspace === "" && user.uid !== KEEP_USER) {
      rmSync(path, { force: true });
      closeSync(openSync(path, MAKE, 0o600));
      chownSync(path, user.uid, user.gid);
    }
    return { path, uid: user.uid };
  }

  /** Moves it to where no task reaches it. Returns what went wrong; "" = nothing. */
  take(id: string, { path, uid }: OutputPlace): string {
    try {
      withFile(path, (fd, facts) => {
        if (facts.size > 0 && (uid === KEEP_USER || facts.uid === uid)) this.#move(id, path, fd);
      });
      return "";
    } catch (error) {
      return `its outputs could not be kept: ${error instanceof Error ? error.message : error}`;
    } finally {
      removeFile(path);
    }
  }

  /** What was taken. */
  read(id: string): { readonly bytes: Uint8Array; readonly size: number } {
    const found = withFile(join(this.#folder, id), (fd, { size }) => {
      const bytes = Buffer.alloc(Math.min(size, MAX_OUTPUT));
      const length = readSync(fd, bytes, 0, bytes.length, 0);
      return { bytes: bytes.subarray(0, length), size };
    });
    return found ?? { bytes: Buffer.alloc(0), size: 0 };
  }

  remove(id: string): void {
    rmSync(join(this.#folder, id), { force: true, recursive: true });
  }

  #move(id: string, path: string, fd: number): void {
    const taken = join(this.#folder, id);
    try {
      renameSync(path, taken);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      return this.#copy(fd, taken);
    }
    const [wanted, moved] = [fstatSync(fd), lstatSync(taken)];
    if (wanted.ino === moved.ino && wanted.dev === moved.dev) return fchmodSync(fd, 0o600);
    this.remove(id); // somebody put another one there meanwhile
  }

  /** For a workspace on another file system; a byte more than what is told says that there was more. */
  #copy(fd: number, taken: string): void {
    const bytes = Buffer.alloc(MAX_OUTPUT + 1);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    writeFileSync(taken, bytes.subarray(0, length), { mode: 0o600 });
  }
}

/** Undefined = there is no plain file. */
function withFile<T>(path: string, use: (fd: number, facts: Stats) => T): T | undefined {
  let fd;
  try {
    fd = openSync(path, READ);
  } catch {
    return undefined;
  }
  try {
    const facts = fstatSync(fd);
    return facts.isFile() ? use(fd, facts) : undefined;
  } finally {
    closeSync(fd);
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // a folder: the workspace goes with it
  }
}
