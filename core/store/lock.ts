import { randomUUID } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Client, Transaction } from "@libsql/client/sqlite3";
import { ErrandError } from "../../protocol/errors.ts";
import { connect } from "./database.ts";
import { driverFailure, storageError } from "./storage-error.ts";

/** A data directory that belongs to this process. */
export interface DirectoryLock {
  /** Lets another process have it. Idempotent. */
  release(): Promise<void>;
}

const TRIES = 20;
const PAUSE_MS = 10;

/**
 * Makes a data directory this process's own until it releases it or dies, however it dies. The lock
 * is that of an open write transaction on the database `lock`: Node has no other lock that the
 * kernel lets go by itself. It must not be opened by other means in this process: closing any file
 * descriptor of it would give up the lock.
 *
 * @throws {ErrandError} `conflict` when another process has it; the message says which
 */
export async function lockDirectory(dataDir: string): Promise<DirectoryLock> {
  const path = join(dataDir, "lock");
  await createPrivate(path);
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const lock = await take(path);
      if (lock) return lock;
      const pid = await holder(path);
      if (pid !== undefined) throw taken(dataDir, pid);
      // its holder is just writing its name, or going
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  } catch (error) {
    throw storageError(error, path);
  }
  throw taken(dataDir, 0);
}

/** Makes an empty file that only this user can read, unless there is one. */
export async function createPrivate(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) return;
  } catch {
    try {
      return await (await open(path, "wx", 0o600)).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
      throw storageError(error, path);
    }
  }
  throw new ErrandError(
    "invalid",
    `${path} is a directory, not a file: choose another directory with --data`,
  );
}

/** Writes our name, then takes the lock that lets others read it; undefined = somebody else has it. */
async function take(path: string): Promise<DirectoryLock | undefined> {
  const client = await connect(path);
  const me = randomUUID();
  let held: Transaction | undefined;
  try {
    await writeName(client, me);
    held = await client.transaction("write");
    const { rows } = await held.execute("select me from holder");
    if (rows[0]?.[0] === me) {
      const transaction = held;
      return { release: () => Promise.resolve(letGo(client, transaction)) };
    }
    // another one came between the two
    letGo(client, held);
  } catch (error) {
    letGo(client, held);
    if (!isBusy(error)) throw error;
  }
  return undefined;
}

async function writeName(client: Client, me: string): Promise<void> {
  await client.execute("pragma busy_timeout=0");
  await client.batch([
    "create table if not exists holder(id integer primary key, pid integer not null, me text not null) strict",
    {
      sql: "insert or replace into holder(id, pid, me) values (1, ?, ?)",
      args: [process.pid, me],
    },
  ], "write");
}

/** By a connection of its own: one that was refused a lock is of no use (see Database). */
async function holder(path: string): Promise<number | undefined> {
  const client = await connect(path);
  try {
    const { rows } = await client.execute("select pid from holder");
    return rows[0]?.[0] as number | undefined;
  } catch (error) {
    if (isBusy(error) || /no such table/.test(String(error))) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

function letGo(client: Client, held: Transaction | undefined): void {
  held?.close();
  client.close();
}

function isBusy(error: unknown): boolean {
  const code = driverFailure(error)?.code;
  return code === "SQLITE_BUSY" || code === "SQLITE_LOCKED";
}

function taken(dataDir: string, pid: number): ErrandError {
  const who = pid > 0 ? `another server (process ${pid})` : "another process";
  return new ErrandError(
    "conflict",
    `${who} uses the data directory ${dataDir}: stop it, or choose another directory with --data`,
    { facts: { dataDir, ...(pid > 0 ? { pid } : {}) } },
  );
}
