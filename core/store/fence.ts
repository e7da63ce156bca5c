import { LeaseLost } from "../kernel/journal.ts";
import type { Statement } from "./database.ts";
import type { DriverFailure } from "./storage-error.ts";

/** The first statement of every write: it fails unless the lease still has this epoch. */
export function fence(epoch: number): Statement {
  return {
    sql:
      "insert into fence(ok) select null where not exists(select 1 from lease where id=1 and epoch=?)",
    args: [epoch],
  };
}

/** True when it was the fence that ended a batch. */
export function isFenced({ code, statement }: DriverFailure): boolean {
  return statement === 0 && code === "SQLITE_CONSTRAINT";
}

/** What is thrown then. */
export function leaseLost(epoch: number): LeaseLost {
  return new LeaseLost(`epoch ${epoch} is over: another server has the lease`);
}
