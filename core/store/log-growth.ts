import { closeSync, type FSWatcher, openSync, readSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { FRAME_HEAD_BYTES, frameBytes } from "./log-frames.ts";

/** A log written to within this time is looked at often: a watch would tell of every single write. */
const BUSY_MS = 250;
const BUSY_PAUSE_MS = 6;
/** Otherwise a watch tells; looking now and then covers file systems that tell nothing. */
const IDLE_PAUSE_MS = 250;
/** When no watch can be had. */
const BLIND_PAUSE_MS = 40;

/**
 * Resolves once a whole frame is behind `offset` in the file, which need not be there yet (its folder
 * must), or when the signal fires. Never rejects.
 */
export function whenGrown(path: string, offset: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let watcher: FSWatcher | undefined;
    let blind = false;
    let over = false;
    const end = () => {
      over = true;
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const look = () => {
      if (over) return;
      clearTimeout(timer);
      const { hasMore, busy } = lookAt(path, offset);
      if (hasMore) return end();
      if (!busy && !watcher && !blind) {
        watcher = watchFolder(dirname(path), look, () => {
          watcher = undefined;
          blind = true;
        });
        blind = watcher === undefined;
        // it may have grown before the watch was set
        if (watcher && lookAt(path, offset).hasMore) return end();
      }
      timer = setTimeout(look, busy ? BUSY_PAUSE_MS : blind ? BLIND_PAUSE_MS : IDLE_PAUSE_MS);
    };
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", end);
    look();
  });
}

function watchFolder(folder: string, look: () => void, failed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, look);
    watcher.on("error", () => {
      watcher.close();
      failed();
    });
    return watcher;
  } catch {
    return undefined;
  }
}

function lookAt(
  path: string,
  offset: number,
): { readonly hasMore: boolean; readonly busy: boolean } {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return { hasMore: false, busy: false };
    const busy = Date.now() - found.mtimeMs < BUSY_MS;
    if (found.size < offset + FRAME_HEAD_BYTES) return { hasMore: false, busy };
    return { hasMore: hasFrame(path, offset, found.size), busy };
  } catch {
    // whoever reads it next is told what is wrong
    return { hasMore: true, busy: false };
  }
}

/** A frame whose writing was cut off is not there yet; bytes that are no frame are for the reader to report. */
function hasFrame(path: string, offset: number, size: number): boolean {
  const head = new Uint8Array(FRAME_HEAD_BYTES);
  const file = openSync(path, "r");
  try {
    if (readSync(file, head, 0, FRAME_HEAD_BYTES, offset) < FRAME_HEAD_BYTES) return false;
  } finally {
    closeSync(file);
  }
  const bytes = frameBytes(head);
  return bytes === undefined || offset + bytes <= size;
}
